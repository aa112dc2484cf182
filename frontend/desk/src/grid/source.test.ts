import { describe, expect, it, vi } from 'vitest';
import { fromMemory } from './memory';
import { GridSource, type ListState, type LoadSorted } from './source';

function ask(source: GridSource<number>, startRow: number, sort?: ['asc' | 'desc', string]) {
  return new Promise<{ rows: number[]; last?: number } | 'failed'>((resolve) => {
    source.getRows({
      startRow,
      sortModel: sort ? [{ colId: sort[1], sort: sort[0] }] : [],
      successCallback: (rows, last) => resolve({ rows, last }),
      failCallback: () => resolve('failed'),
    });
  });
}

function made(load: LoadSorted<number>) {
  const states: ListState[] = [];
  const source = new GridSource<number>({
    size: 10,
    load,
    sortName: (column) => ({ money: 'open' })[column],
    onState: (state) => states.push(state),
  });
  return { source, states };
}

const numbers = Array.from({ length: 25 }, (_, i) => i);

describe('grid source', () => {
  it('gives blocks and the length', async () => {
    const { source, states } = made(fromMemory(numbers));
    expect(await ask(source, 20)).toEqual({ rows: [20, 21, 22, 23, 24], last: 25 });
    expect(await ask(source, 0)).toMatchObject({ last: 25 });
    expect(states).toEqual(['ready']);
  });

  it('asks for the order that the grid shows', async () => {
    const load = vi.fn<LoadSorted<number>>(fromMemory(numbers));
    const { source } = made(load);
    await ask(source, 0);
    await ask(source, 0, ['desc', 'money']);
    await ask(source, 0, ['asc', 'money']);
    await ask(source, 0, ['asc', 'name']);
    expect(load.mock.calls.map((call) => call[3])).toEqual([undefined, '-open', 'open', undefined]);
  });

  it('says when there is nothing and when it failed', async () => {
    const empty = made(fromMemory([]));
    await ask(empty.source, 0);
    expect(empty.states).toEqual(['empty']);
    const broken = made(async () => Promise.reject(new Error('down')));
    expect(await ask(broken.source, 0)).toBe('failed');
    expect(broken.states).toEqual(['failed']);
  });

  it('does not call an answer a failure that nobody waits for any more', async () => {
    let fail: (error: Error) => void = () => {};
    const load = vi.fn<LoadSorted<number>>(() => new Promise((_, reject) => (fail = reject)));
    const { source, states } = made(load);
    const old = ask(source, 0);
    source.again();
    fail(new DOMException('', 'AbortError'));
    expect(await old).toBe('failed');
    expect(states).toEqual([]);
  });
});
