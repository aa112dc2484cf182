import type { TFunction } from 'i18next';
import type { Schemas } from '@/api/client';
import type { useFormat } from '@/format/useFormat';
import type { GridColumn } from '@/grid/DataGrid';
import { InvoiceState, SOON_DAYS, statusKey } from '@/ui/marks';

type Row = Schemas['InvoiceRow'];

/** signed is an amount as it counts for the customer: a credit note lowers what is owed. */
export const signed = (row: Pick<Row, 'type'>, amount: string) =>
  row.type === 'credit_note' && Number(amount) !== 0 ? `-${amount}` : amount;

const openTone = (row: Row) => {
  if (Number(row.open) === 0) return 'muted';
  if (row.type === 'credit_note') return 'settled';
  return row.status === 'overdue' ? 'overdue' : undefined;
};

/** invoiceColumns are the columns of every list of invoices. */
export function invoiceColumns(
  t: TFunction,
  format: ReturnType<typeof useFormat>,
  options: { customer: boolean; sorts: boolean; oneCurrency?: boolean },
): GridColumn<Row>[] {
  const sort = (name: string) => (options.sorts ? name : undefined);
  const columns: (GridColumn<Row> | false)[] = [
    {
      id: 'number',
      title: t('fields.number'),
      width: options.customer ? 124 : 104,
      sort: sort('number'),
      phone: true,
      text: (row) => row.number,
    },
    {
      id: 'type',
      title: t('fields.type'),
      width: 98,
      hidden: true,
      text: (row) => t(`hit.${row.type}`),
      tone: (row) => (row.type === 'credit_note' ? 'settled' : undefined),
    },
    options.customer && {
      id: 'customer',
      title: t('fields.customer'),
      width: 200,
      grow: true,
      phone: true,
      sort: sort('customer'),
      text: (row) => row.customer.name,
    },
    {
      id: 'issued',
      title: t('fields.issued'),
      width: options.customer ? 92 : 80,
      align: 'right',
      sort: sort('issued'),
      descFirst: true,
      text: (row) => format.short(row.issued),
    },
    {
      id: 'due',
      title: t('fields.due'),
      width: options.customer ? 92 : 80,
      align: 'right',
      sort: sort('due'),
      text: (row) => format.short(row.due),
    },
    {
      id: 'po',
      title: t('fields.po'),
      width: options.customer ? 100 : 76,
      grow: !options.customer,
      text: (row) => row.po,
    },
    { id: 'reference', title: t('fields.reference'), width: 150, hidden: true, text: (row) => row.reference },
    {
      id: 'status',
      title: t('fields.status'),
      width: options.customer ? 146 : 140,
      phone: !options.customer,
      text: (row) => t(`status.${statusKey(row.status)}`),
      render: (row) => <InvoiceState row={row} />,
    },
    {
      id: 'late',
      title: t('fields.daysLate'),
      width: 88,
      align: 'right',
      sort: sort('days_late'),
      descFirst: true,
      text: (row) =>
        row.status === 'overdue' && row.days_late > 0 ? t('late.days', { count: row.days_late }) : '',
      tone: (row) => (row.days_late > 0 ? 'overdue' : row.days_late >= -SOON_DAYS ? 'soon' : undefined),
    },
    {
      id: 'currency',
      title: t('fields.currency'),
      width: 76,
      hidden: options.oneCurrency,
      text: (row) => row.currency,
      tone: () => 'muted',
    },
    {
      id: 'total',
      title: t('fields.total'),
      width: 108,
      align: 'right',
      sort: sort('total'),
      descFirst: true,
      text: (row) => format.cell(signed(row, row.total), row.currency),
    },
    {
      id: 'open',
      title: t('balance.open'),
      width: 110,
      align: 'right',
      phone: true,
      sort: sort('open'),
      descFirst: true,
      text: (row) => format.cell(signed(row, row.open), row.currency),
      phoneText: (row) => format.cellMoney(signed(row, row.open), row.currency),
      tone: (row) => openTone(row),
    },
  ];
  return columns.filter((column) => column !== false);
}
