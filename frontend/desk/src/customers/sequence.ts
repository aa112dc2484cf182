// The order in which customers were last listed, so that J and K on a customer's page go on through that list.

let ids: string[] = [];

/** rememberPage keeps the customers of a loaded page; `first` begins a new list. */
export function rememberPage(page: string[], first: boolean) {
  const fresh = first ? [] : ids;
  const known = new Set(fresh);
  ids = [...fresh, ...page.filter((id) => !known.has(id) && known.add(id))];
}

/** neighbour gives the customer after (1) or before (-1) one in the list; undefined at the ends and outside of it. */
export function neighbour(id: string, step: 1 | -1): string | undefined {
  const at = ids.indexOf(id);
  return at < 0 ? undefined : ids[at + step];
}

/** place says where in the list a customer stands, from 1, for "3 of 60". */
export function place(id: string): { at: number; of: number } | undefined {
  const at = ids.indexOf(id);
  return at < 0 ? undefined : { at: at + 1, of: ids.length };
}
