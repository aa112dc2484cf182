import type { IDatasource, IGetRowsParams } from 'ag-grid-community';
import { CursorPages, type Page } from './pages';

/** LoadSorted loads a page in an order of the API ("-open"), or in the list's own order when it is undefined. */
export type LoadSorted<T> = (
  cursor: string,
  limit: number,
  signal: AbortSignal,
  sort?: string,
) => Promise<Page<T>>;

export type ListState = 'loading' | 'ready' | 'empty' | 'failed';

interface SourceOptions<T> {
  size: number;
  load: LoadSorted<T>;
  /** The API's name for sorting by a column. */
  sortName: (column: string) => string | undefined;
  onState: (state: ListState) => void;
}

/** GridSource answers a grid's questions for rows from a paged list, in the order that the grid asks for. */
export class GridSource<T> implements IDatasource {
  private pages?: CursorPages<T>;
  private sort?: string;

  constructor(private readonly options: SourceOptions<T>) {}

  getRows = ({
    startRow,
    sortModel,
    successCallback,
    failCallback,
  }: Pick<IGetRowsParams, 'startRow' | 'sortModel' | 'successCallback' | 'failCallback'>) => {
    const sort = this.order(sortModel);
    if (!this.pages || sort !== this.sort) this.begin(sort);
    const asked = this.pages;
    if (!asked) return;
    const first = startRow === 0;
    asked.block(Math.floor(startRow / this.options.size)).then(
      ({ rows, total }) => {
        if (asked !== this.pages) return failCallback(); // the list was begun again meanwhile
        successCallback(rows, total);
        if (first) this.options.onState(rows.length === 0 ? 'empty' : 'ready');
      },
      () => {
        failCallback();
        if (first && asked === this.pages) this.options.onState('failed');
      },
    );
  };

  /** again forgets what was loaded; the grid's next question loads afresh. */
  again() {
    this.begin(this.sort);
  }

  destroy() {
    this.pages?.close();
    this.pages = undefined;
  }

  private begin(sort: string | undefined) {
    this.pages?.close();
    this.sort = sort;
    this.pages = new CursorPages<T>(
      (cursor, limit, signal) => this.options.load(cursor, limit, signal, sort),
      this.options.size,
    );
  }

  private order(model: IGetRowsParams['sortModel']): string | undefined {
    const by = model[0];
    const name = by && this.options.sortName(by.colId);
    return name && (by.sort === 'desc' ? `-${name}` : name);
  }
}
