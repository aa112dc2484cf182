import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { parseCivil } from '@/format/dates';
import { useFormat } from '@/format/useFormat';
import { DataGrid, type GridColumn, type LoadSorted } from '@/grid/DataGrid';
import { Empty } from '@/ui/states';
import { useFieldName } from './fields';
import type { Outcome } from './ImportPage';

type Item = Schemas['ImportItem'];

const ELSEWHERE = ['customer_number', 'customer_name', 'number', 'ignore', ''];
const NUMBERS = [
  'total',
  'open',
  'paid',
  'debit',
  'credit',
  'tax',
  'line_amount',
  'payment_amount',
  'credit_limit',
];

interface ItemsProps {
  id: string;
  outcome: Outcome;
  /** The fields that columns of the file were taken for, in their order. */
  fields: string[];
}

/** Items are the rows of an import with one outcome, as they were understood. */
export function Items({ id, outcome, fields }: ItemsProps) {
  const { t } = useTranslation();
  const format = useFormat();
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
  const shape = fields.join(' ');
  const columns = useMemo<GridColumn<Item>[]>(() => {
    const show = (value: string | undefined, field = '') =>
      value && parseCivil(value)
        ? format.short(value)
        : value && NUMBERS.includes(field) && /^-?\d+(\.\d+)?$/.test(value)
          ? format.plain(value)
          : (value ?? '');
    const read = [...new Set(shape.split(' '))].filter((field) => !ELSEWHERE.includes(field));
    return [
      {
        id: 'row',
        title: t('import.row'),
        width: 76,
        align: 'right',
        phone: true,
        text: (item) => String(item.row),
        tone: () => 'muted',
      },
      {
        id: 'customer',
        title: t('fields.customer'),
        width: 200,
        grow: outcome !== 'changed',
        text: (item) => item.customer,
      },
      { id: 'number', title: t('fields.number'), width: 140, phone: true, text: (item) => item.number },
      ...(outcome === 'changed'
        ? [
            {
              id: 'changes',
              title: t('import.changes'),
              width: 400,
              grow: true,
              text: (item: Item) =>
                item.changes
                  .map(
                    ({ field, from, to }) =>
                      `${fieldName(field)}: ${show(from, field) || '–'} → ${show(to, field) || '–'}`,
                  )
                  .join('   '),
            },
          ]
        : read.map((field) => ({
            id: field,
            title: fieldName(field),
            width: 120,
            align: NUMBERS.includes(field) ? ('right' as const) : undefined,
            text: (item: Item) => show(item.values[field], field),
          }))),
    ];
  }, [t, format, fieldName, outcome, shape]);
  return (
    <div style={{ display: 'flex', height: 'min(52vh, 520px)', minHeight: 240 }}>
      <DataGrid<Item>
        key={`${outcome === 'changed'} ${shape}`}
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
