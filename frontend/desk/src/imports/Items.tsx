import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { DataGrid, type GridColumn, type LoadSorted } from '@/grid/DataGrid';
import { Empty } from '@/ui/states';
import { useFieldName } from './fields';
import type { Outcome } from './ImportPage';

type Item = Schemas['ImportItem'];

/** Items are the rows of an import with one outcome, as they were understood. */
export function Items({ id, outcome }: { id: string; outcome: Outcome }) {
  const { t } = useTranslation();
  const fieldName = useFieldName();
  const load = useCallback<LoadSorted<Item>>(
    (cursor, limit, signal) =>
      ok(
        api.GET('/api/v1/imports/{import}/items', {
          params: { path: { import: id }, query: { outcome, limit, cursor: cursor || undefined } },
          signal,
        }),
      ),
    [id, outcome],
  );
  const columns = useMemo<GridColumn<Item>[]>(
    () => [
      {
        id: 'row',
        title: t('import.row'),
        width: 80,
        align: 'right',
        phone: true,
        text: (item) => String(item.row),
        tone: () => 'muted',
      },
      { id: 'customer', title: t('fields.customer'), width: 200, text: (item) => item.customer },
      { id: 'number', title: t('fields.number'), width: 140, phone: true, text: (item) => item.number },
      {
        id: 'values',
        title: outcome === 'changed' ? t('import.changes') : t('import.understood'),
        width: 400,
        grow: true,
        text: (item) =>
          outcome === 'changed'
            ? item.changes
                .map((change) => `${fieldName(change.field)}: ${change.from || '–'} → ${change.to || '–'}`)
                .join('   ')
            : Object.entries(item.values)
                .map(([field, value]) => `${fieldName(field)}: ${value}`)
                .join('   '),
      },
    ],
    [t, fieldName, outcome],
  );
  return (
    <div style={{ display: 'flex', height: 'min(52vh, 520px)', minHeight: 240 }}>
      <DataGrid<Item>
        id="import-items"
        label={t(`import.${outcome}`)}
        columns={columns}
        load={load}
        resetKey={`${id} ${outcome}`}
        rowId={(item) => `${item.sheet} ${item.row} ${item.number}`}
        selectable={false}
        empty={<Empty title={t(`import.${outcome}None`)} />}
      />
    </div>
  );
}
