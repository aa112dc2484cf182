// How a user left a grid: which columns, how wide, in what order, sorted by which. Kept by the program under the grid's
// name, so that it is the same in another browser and in the window.

import type { ColDef, ColumnState } from 'ag-grid-community';

export type SavedColumn = Pick<ColumnState, 'colId' | 'hide' | 'width' | 'flex' | 'sort'>;

/** preferenceOf is the setting's name for a grid. */
export const preferenceOf = (grid: string) => `grid.${grid}`;

/** readColumns reads the setting; damaged or foreign content is as if nothing was saved. */
export function readColumns(saved: unknown): SavedColumn[] {
  if (!Array.isArray(saved)) return [];
  return saved.filter(
    (column): column is SavedColumn =>
      typeof column === 'object' && column !== null && typeof (column as SavedColumn).colId === 'string',
  );
}

/** columnsOf is what to save of a grid's state: its own columns, without the one of tick boxes. */
export function columnsOf(state: ColumnState[], own: ReadonlySet<string>): SavedColumn[] {
  return state
    .filter(({ colId }) => own.has(colId))
    .map(({ colId, hide, width, flex, sort }) => ({ colId, hide, width, flex, sort }));
}

/**
 * asLeft puts columns as the user left them. They are the grid's initial state, not changes to it, so that the first
 * question for rows is in the right order already. A column that is newer than what was saved stands after the one that
 * it came after.
 */
export function asLeft<T>(defs: ColDef<T>[], saved: SavedColumn[]): ColDef<T>[] {
  if (saved.length === 0) return defs;
  const at = new Map(saved.map((column, index) => [column.colId, index]));
  let before = -1;
  const placed = defs.map((def) => {
    before = at.get(def.colId ?? '') ?? before;
    return { def, place: before };
  });
  return placed
    .toSorted((a, b) => a.place - b.place)
    .map(({ def }) => {
      const left = saved[at.get(def.colId ?? '') ?? -1];
      if (!left) return def;
      return {
        ...def,
        initialHide: left.hide ?? def.initialHide,
        initialWidth: left.width ?? def.initialWidth,
        initialFlex: left.flex ?? undefined,
        initialSort: def.sortable ? (left.sort ?? undefined) : undefined,
      };
    });
}
