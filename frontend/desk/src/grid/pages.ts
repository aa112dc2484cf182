// The API gives lists by cursor, the grid asks for blocks by number. CursorPages joins the two: it keeps the cursor at
// which every block begins, loads forward to a block that was not reached yet, and gives the same answer to two
// questions for the same block.

export interface Page<T> {
  items: T[];
  next_cursor: string;
  /** Length of the whole list, where the API knows it. */
  total?: number;
}

export type LoadPage<T> = (cursor: string, limit: number, signal: AbortSignal) => Promise<Page<T>>;

export interface Block<T> {
  rows: T[];
  /** How many rows there are in all, once that is known. */
  total?: number;
}

const KEPT = 40;

export class CursorPages<T> {
  private cursors = new Map<number, string>([[0, '']]);
  private loading = new Map<number, Promise<Page<T>>>();
  private stop = new AbortController();

  constructor(
    private readonly load: LoadPage<T>,
    readonly size: number,
  ) {}

  /** block gives the rows of block n (0, 1, …). Past the end it is empty, with the total. */
  async block(n: number): Promise<Block<T>> {
    for (let i = this.reached(n); i < n; i++) {
      const page = await this.page(i);
      if (page.next_cursor === '') return { rows: [], total: i * this.size + page.items.length };
    }
    const page = await this.page(n);
    const total = page.next_cursor === '' ? n * this.size + page.items.length : page.total;
    return { rows: page.items, total };
  }

  /** close stops what is loading; the answers are not wanted any more. */
  close() {
    this.stop.abort();
  }

  private reached(n: number): number {
    let best = 0;
    for (const known of this.cursors.keys()) if (known <= n && known > best) best = known;
    return best;
  }

  private page(n: number): Promise<Page<T>> {
    const running = this.loading.get(n);
    if (running) return running;
    const cursor = this.cursors.get(n) ?? '';
    const page = this.load(cursor, this.size, this.stop.signal).then(
      (loaded) => {
        if (loaded.next_cursor) this.cursors.set(n + 1, loaded.next_cursor);
        return loaded;
      },
      (error: unknown) => {
        this.loading.delete(n); // the next question may try again
        throw error;
      },
    );
    this.loading.set(n, page);
    const oldest = this.loading.keys().next().value;
    if (this.loading.size > KEPT && oldest !== undefined) this.loading.delete(oldest);
    return page;
  }
}
