import type { Page } from './pages';

/** fromMemory serves a list that is here already as pages, so that short lists use the same grid. */
export function fromMemory<T>(items: T[]): (cursor: string, limit: number) => Promise<Page<T>> {
  return async (cursor, limit) => {
    const from = Number(cursor || 0);
    const page = items.slice(from, from + limit);
    const next = from + page.length;
    return { items: page, next_cursor: next < items.length ? String(next) : '', total: items.length };
  };
}
