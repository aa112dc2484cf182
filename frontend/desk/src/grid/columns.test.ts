import { describe, expect, it } from 'vitest';
import { asLeft, columnsOf, readColumns } from './columns';

const defs = ['number', 'name', 'city', 'open'].map((colId) => ({ colId, sortable: colId !== 'city' }));
const order = (saved: unknown) => asLeft(defs, readColumns(saved)).map((def) => def.colId);

describe('how a grid was left', () => {
  it('is as it came when nothing, or nonsense, was kept', () => {
    for (const saved of [undefined, null, 'x', {}, [], [1, null, { id: 'name' }]]) {
      expect(order(saved)).toEqual(['number', 'name', 'city', 'open']);
    }
  });

  it('keeps order, width, sort and what is hidden', () => {
    const saved = [
      { colId: 'open', width: 99, sort: 'desc' },
      { colId: 'number', hide: true },
      { colId: 'name', width: 300, flex: null },
      { colId: 'city', sort: 'asc' },
    ];
    expect(order(saved)).toEqual(['open', 'number', 'name', 'city']);
    const [open, number, , city] = asLeft(defs, readColumns(saved));
    expect(open).toMatchObject({ initialWidth: 99, initialSort: 'desc' });
    expect(number).toMatchObject({ initialHide: true });
    expect(city?.initialSort).toBeUndefined(); // it does not sort, whatever was kept
  });

  it('places a column that is new after the one that it came after, and forgets one that is gone', () => {
    const saved = [{ colId: 'open' }, { colId: 'gone' }, { colId: 'name' }, { colId: 'number' }];
    expect(order(saved)).toEqual(['open', 'name', 'city', 'number']);
  });

  it('does not keep the column of tick boxes', () => {
    const state = [
      { colId: 'ag-Grid-SelectionColumn' },
      { colId: 'name', hide: false, width: 10, pinned: 'left' as const },
    ];
    expect(columnsOf(state, new Set(['name']))).toEqual([
      { colId: 'name', hide: false, width: 10, flex: undefined, sort: undefined },
    ]);
  });
});
