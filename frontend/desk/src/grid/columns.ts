// How a grid's columns were left, per user and grid: which are shown, how wide, in what order.

export interface SavedColumn {
  colId: string;
  hide?: boolean | null;
  width?: number | null;
  pinned?: 'left' | 'right' | boolean | null;
}

const key = (user: string, grid: string) => `voldaan.columns.${user}.${grid}`;

/** savedColumns reads them; damaged or foreign content is as if nothing was saved. */
export function savedColumns(user: string, grid: string): SavedColumn[] | undefined {
  try {
    const parsed: unknown = JSON.parse(localStorage.getItem(key(user, grid)) ?? 'null');
    if (!Array.isArray(parsed)) return undefined;
    const columns = parsed.filter(
      (column): column is SavedColumn =>
        typeof column === 'object' && column !== null && typeof (column as SavedColumn).colId === 'string',
    );
    return columns.length > 0 ? columns : undefined;
  } catch {
    return undefined;
  }
}

/** saveColumns keeps them. */
export function saveColumns(user: string, grid: string, columns: SavedColumn[]) {
  localStorage.setItem(
    key(user, grid),
    JSON.stringify(columns.map(({ colId, hide, width, pinned }) => ({ colId, hide, width, pinned }))),
  );
}

/** forgetColumns goes back to how the grid came. */
export function forgetColumns(user: string, grid: string) {
  localStorage.removeItem(key(user, grid));
}
