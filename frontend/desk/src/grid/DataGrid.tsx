// The desk's grid: rows come in blocks from a paged list, so a hundred thousand scroll like a hundred. It is one tab
// stop; arrows, Home, End and Page keys move, Space selects, Enter opens.

import { ActionIcon, Button, Checkbox, Group, Popover, Stack, Text, Tooltip } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import {
  type CellKeyDownEvent,
  CellStyleModule,
  type ColDef,
  ColumnApiModule,
  ColumnAutoSizeModule,
  EventApiModule,
  type FocusGridInnerElementParams,
  type GridApi,
  InfiniteRowModelModule,
  LocaleModule,
  ModuleRegistry,
  RenderApiModule,
  RowApiModule,
  RowSelectionModule,
  RowStyleModule,
  ScrollApiModule,
  themeQuartz,
} from 'ag-grid-community';
import { AgGridReact } from 'ag-grid-react';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '@/format/useFormat';
import { useLiveVersion } from '@/live/LiveProvider';
import { useSession } from '@/session/session';
import { useNarrow } from '@/ui/useNarrow';
import { asLeft, columnsOf, preferenceOf, readColumns } from './columns';
import classes from './DataGrid.module.css';
import { SelectionBar, type TotalOf } from './SelectionBar';
import { GridSource, type ListState, type LoadSorted } from './source';

export type { LoadSorted } from './source';

ModuleRegistry.registerModules([
  CellStyleModule,
  ColumnApiModule,
  ColumnAutoSizeModule,
  EventApiModule,
  InfiniteRowModelModule,
  LocaleModule,
  RenderApiModule,
  RowApiModule,
  RowSelectionModule,
  RowStyleModule,
  ScrollApiModule,
]);

const BLOCK = 500;

const gridTheme = themeQuartz.withParams({
  browserColorScheme: 'inherit',
  accentColor: 'var(--v-accent)',
  backgroundColor: 'var(--v-surface)',
  foregroundColor: 'var(--v-ink)',
  borderColor: 'var(--v-line)',
  borderRadius: 4,
  cellHorizontalPadding: 12,
  columnBorder: false,
  fontFamily: 'inherit',
  fontSize: 'calc(14px * var(--mantine-scale))',
  headerBackgroundColor: 'var(--v-sunken)',
  headerTextColor: 'var(--v-muted)',
  headerFontSize: 'calc(12px * var(--mantine-scale))',
  headerFontWeight: 600,
  headerHeight: 'var(--v-row)',
  rowHeight: 'var(--v-row)',
  rowHoverColor: 'var(--v-hover)',
  selectedRowBackgroundColor: 'var(--v-chosen)',
  checkboxCheckedBackgroundColor: 'var(--v-accent)',
  checkboxCheckedShapeColor: 'var(--v-on-accent)',
  checkboxUncheckedBorderColor: 'var(--v-field-line)',
  wrapperBorder: false,
  wrapperBorderRadius: 0,
});

/** A column. Money and number columns are right-aligned with tabular figures. */
export interface GridColumn<T> {
  id: string;
  title: string;
  width?: number;
  grow?: boolean;
  align?: 'right';
  hidden?: boolean;
  /** The API's name for sorting by this column; without it the column does not sort. */
  sort?: string;
  /** Sorting begins with the largest: amounts and days late. */
  descFirst?: boolean;
  /** On a phone only these columns are shown. */
  phone?: boolean;
  text?: (row: T) => string;
  /** On a phone, where the column of currencies is not shown: the amount with its currency. */
  phoneText?: (row: T) => string;
  render?: (row: T) => ReactNode;
  tone?: (row: T) => 'overdue' | 'soon' | 'settled' | 'muted' | undefined;
}

export interface DataGridProps<T extends object> {
  /** The grid's name: its columns are remembered under it. */
  id: string;
  label: string;
  columns: GridColumn<T>[];
  load: LoadSorted<T>;
  /** Everything that `load` depends on; a change starts the list again. */
  resetKey: string;
  rowId: (row: T) => string;
  onOpen?: (row: T) => void;
  /** Amounts that are added up under the grid for what is selected. */
  totals?: TotalOf<T>[];
  actions?: (rows: T[]) => ReactNode;
  toolbar?: ReactNode;
  empty: ReactNode;
  selectable?: boolean;
}

export function DataGrid<T extends object>(props: DataGridProps<T>) {
  const { id, columns, load, resetKey, rowId, onOpen, selectable = true } = props;
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const { preferences } = useSession();
  const narrow = useNarrow();
  const live = useLiveVersion();
  const grid = useRef<GridApi<T>>(null);
  const loadNow = useRef(load);
  loadNow.current = load;
  const [state, setState] = useState<ListState>('loading');
  const [selected, setSelected] = useState<T[]>([]);

  const sorts = useRef(new Map<string, string>());
  sorts.current = new Map(columns.flatMap((column) => (column.sort ? [[column.id, column.sort]] : [])));

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for everything that load depends on
  const source = useMemo(
    () =>
      new GridSource<T>({
        size: BLOCK,
        load: (...args) => loadNow.current(...args),
        sortName: (column) => sorts.current.get(column),
        onState: setState,
      }),
    [resetKey],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new list begins with nothing selected
  useEffect(() => {
    setState('loading');
    setSelected([]);
    grid.current?.deselectAll();
  }, [resetKey]);

  const refresh = useCallback(() => {
    source.again();
    grid.current?.refreshInfiniteCache();
  }, [source]);

  const firstLive = useRef(live);
  useEffect(() => {
    if (live === firstLive.current) return;
    firstLive.current = live;
    refresh();
  }, [live, refresh]);

  const defs = useMemo(() => {
    const own = columnDefs(columns, narrow);
    return narrow ? own : asLeft(own, readColumns(preferences.get(preferenceOf(id))));
  }, [columns, narrow, preferences, id]);
  const remember = () => {
    const own = new Set(columns.map((column) => column.id));
    if (grid.current && !narrow)
      preferences.set(preferenceOf(id), columnsOf(grid.current.getColumnState(), own));
  };
  const forget = () => {
    preferences.set(preferenceOf(id), undefined);
    grid.current?.applyColumnState({
      state: columnDefs(columns, narrow).map(({ colId, initialHide, initialWidth, initialFlex }) => ({
        colId: colId ?? '',
        hide: initialHide ?? false,
        width: initialWidth,
        flex: initialFlex ?? null,
        sort: null,
      })),
      applyOrder: true,
    });
  };

  const keyDown = (event: CellKeyDownEvent<T>) => {
    const key = event.event as KeyboardEvent | undefined;
    if (key?.key === 'Enter' && event.data && onOpen) onOpen(event.data);
  };

  return (
    <section className={classes.frame} aria-label={props.label}>
      {(props.toolbar || !narrow) && (
        <Group className={classes.toolbar} gap="xs" wrap="wrap">
          {props.toolbar}
          <div className={classes.push} />
          {!narrow && <ColumnChoice grid={grid} columns={columns} onChange={remember} onReset={forget} />}
        </Group>
      )}
      <div className={classes.body} data-state={state}>
        <AgGridReact<T>
          key={`${i18n.language} ${locale} ${narrow}`}
          theme={gridTheme}
          rowModelType="infinite"
          datasource={source}
          cacheBlockSize={BLOCK}
          maxBlocksInCache={12}
          maxConcurrentDatasourceRequests={2}
          blockLoadDebounceMillis={60}
          infiniteInitialRowCount={20}
          columnDefs={defs}
          defaultColDef={{ sortable: false, resizable: true, suppressHeaderMenuButton: true, minWidth: 64 }}
          getRowId={({ data }) => rowId(data)}
          rowSelection={
            selectable && !narrow
              ? {
                  mode: 'multiRow',
                  checkboxes: true,
                  headerCheckbox: false,
                  enableClickSelection: false,
                  // A row that is still loading has nothing to select, and no box.
                  isRowSelectable: ({ data }) => data !== undefined,
                  hideDisabledCheckboxes: true,
                }
              : undefined
          }
          selectionColumnDef={{
            headerName: t('grid.selection'),
            width: 40,
            pinned: 'left',
            resizable: false,
            suppressMovable: true,
          }}
          suppressCellFocus={false}
          suppressDragLeaveHidesColumns
          suppressMultiSort
          tabToNextCell={() => false}
          tabToNextHeader={() => false}
          focusGridInnerElement={comeBack}
          localeText={{ loadingOoo: t('grid.loading'), noRowsToShow: '', ariaLabel: props.label }}
          onGridReady={(event) => {
            grid.current = event.api;
          }}
          maintainColumnOrder
          onColumnMoved={(event) => event.finished && remember()}
          onColumnResized={(event) => event.finished && event.source === 'uiColumnResized' && remember()}
          onSortChanged={(event) => event.source === 'uiColumnSorted' && remember()}
          onSelectionChanged={(event) => setSelected(event.api.getSelectedRows())}
          onRowClicked={(event) => {
            const target = event.event?.target;
            if (target instanceof Element && target.closest('.ag-selection-checkbox, button, a')) return;
            if (event.data && onOpen) onOpen(event.data);
          }}
          onCellKeyDown={(event) => 'data' in event && keyDown(event as CellKeyDownEvent<T>)}
          rowClass={onOpen ? classes.opens : undefined}
        />
        {state === 'empty' && <div className={classes.over}>{props.empty}</div>}
        {state === 'failed' && (
          <div className={classes.over} role="alert">
            <Stack align="center" gap="xs">
              <Text fw={600}>{t('errors.list')}</Text>
              <Text c="dimmed">{t('errors.nothingLost')}</Text>
              <Button
                variant="default"
                onClick={() => {
                  setState('loading');
                  refresh();
                  grid.current?.purgeInfiniteCache();
                }}
              >
                {t('errors.again')}
              </Button>
            </Stack>
          </div>
        )}
      </div>
      {selected.length > 0 && (
        <SelectionBar
          rows={selected}
          totals={props.totals ?? []}
          actions={props.actions?.(selected)}
          onClear={() => grid.current?.deselectAll()}
        />
      )}
    </section>
  );
}

/** comeBack lets Shift+Tab into the grid end where one was, not at the last of a hundred thousand rows. */
function comeBack<T>({ api, fromBottom }: FocusGridInnerElementParams<T>): boolean {
  const first = api.getAllDisplayedColumns()[0];
  if (!fromBottom || !first || api.getDisplayedRowCount() === 0) return false;
  const { rowIndex, column } = api.getFocusedCell() ?? { rowIndex: 0, column: first };
  api.setFocusedCell(rowIndex, column);
  return true;
}

function columnDefs<T extends object>(columns: GridColumn<T>[], narrow: boolean): ColDef<T>[] {
  return columns.map((column) => {
    const text = (narrow && column.phoneText) || column.text;
    return {
      colId: column.id,
      headerName: column.title,
      sortable: column.sort !== undefined,
      sortingOrder: column.descFirst ? ['desc', 'asc', null] : ['asc', 'desc', null],
      initialWidth: column.width,
      minWidth: narrow ? undefined : column.width && column.grow ? Math.min(column.width, 160) : undefined,
      initialFlex: column.grow ? (narrow ? 1.3 : 1) : narrow && column.phone && !column.align ? 1 : undefined,
      initialHide: narrow ? !column.phone : (column.hidden ?? false),
      type: column.align === 'right' ? 'rightAligned' : undefined,
      cellClass: column.align === 'right' ? 'num ag-right-aligned-cell' : undefined,
      valueGetter: ({ data }) => (data && text ? text(data) : ''),
      cellRenderer: column.render
        ? ({ data }: { data?: T }) => (data && column.render ? column.render(data) : null)
        : undefined,
      cellClassRules: column.tone
        ? Object.fromEntries(
            (['overdue', 'soon', 'settled', 'muted'] as const).map((tone) => [
              `tone-${tone}`,
              ({ data }: { data?: T }) => data !== undefined && column.tone?.(data) === tone,
            ]),
          )
        : undefined,
    };
  });
}

interface ColumnChoiceProps<T extends object> {
  grid: React.RefObject<GridApi<T> | null>;
  columns: GridColumn<T>[];
  onChange: () => void;
  onReset: () => void;
}

function ColumnChoice<T extends object>({ grid, columns, onChange, onReset }: ColumnChoiceProps<T>) {
  const { t } = useTranslation();
  const [, redraw] = useState(0);
  const shown = (column: GridColumn<T>) => grid.current?.getColumn(column.id)?.isVisible() ?? !column.hidden;
  return (
    <Popover position="bottom-end" shadow="md" trapFocus onOpen={() => redraw((n) => n + 1)}>
      <Popover.Target>
        <Tooltip label={t('grid.columns')}>
          <ActionIcon variant="default" size={32} aria-label={t('grid.columns')}>
            <IconColumns3 size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={8}>
          {columns.map((column) => (
            <Checkbox
              key={column.id}
              size="xs"
              label={column.title}
              checked={shown(column)}
              onChange={(event) => {
                grid.current?.setColumnsVisible([column.id], event.currentTarget.checked);
                onChange();
                redraw((n) => n + 1);
              }}
            />
          ))}
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() => {
              onReset();
              redraw((n) => n + 1);
            }}
          >
            {t('grid.resetColumns')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
