import { describe, expect, it, vi } from 'vitest';
import { CursorPages } from './pages';

/** A list of n rows behind cursors that nobody can guess. */
function list(n: number, counted = false) {
  const load = vi.fn(async (cursor: string, limit: number) => {
    const from = cursor === '' ? 0 : Number(cursor.replace('after-', ''));
    const items = Array.from({ length: Math.max(0, Math.min(limit, n - from)) }, (_, i) => from + i);
    const next = from + items.length;
    return { items, next_cursor: next < n ? `after-${next}` : '', total: counted ? n : undefined };
  });
  return load;
}

describe('pages by cursor', () => {
  it('knows the end only when it is reached', async () => {
    const pages = new CursorPages(list(25), 10);
    expect(await pages.block(0)).toEqual({ rows: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], total: undefined });
    expect((await pages.block(2)).total).toBe(25);
  });

  it('uses the length that the API knows', async () => {
    expect((await new CursorPages(list(25, true), 10).block(0)).total).toBe(25);
  });

  it('walks forward to a block that was jumped to, and loads nothing twice', async () => {
    const load = list(100);
    const pages = new CursorPages(load, 10);
    expect((await pages.block(7)).rows[0]).toBe(70);
    expect((await pages.block(3)).rows[0]).toBe(30);
    expect(load).toHaveBeenCalledTimes(8);
  });

  it('shares one answer between two questions', async () => {
    const load = list(100);
    const pages = new CursorPages(load, 10);
    await Promise.all([pages.block(1), pages.block(1), pages.block(0)]);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('is empty past the end, with the total', async () => {
    expect(await new CursorPages(list(20), 10).block(5)).toEqual({ rows: [], total: 20 });
  });

  it('tries again after a failure', async () => {
    const load = list(5);
    load.mockRejectedValueOnce(new Error('gone'));
    const pages = new CursorPages(load, 10);
    await expect(pages.block(0)).rejects.toThrow('gone');
    expect((await pages.block(0)).rows).toHaveLength(5);
  });

  it('stops loading when it is closed', async () => {
    let seen: AbortSignal | undefined;
    const pages = new CursorPages<number>(async (_, __, signal) => {
      seen = signal;
      return { items: [], next_cursor: '' };
    }, 10);
    await pages.block(0);
    pages.close();
    expect(seen?.aborted).toBe(true);
  });
});
