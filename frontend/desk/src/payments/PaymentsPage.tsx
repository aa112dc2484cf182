import { Button, Group, Title } from '@mantine/core';
import { IconCashPlus } from '@tabler/icons-react';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { DataGrid, type GridColumn, type LoadSorted } from '@/grid/DataGrid';
import { useKeys } from '@/keys/keys';
import { useMay } from '@/session/session';
import { FilterBar } from '@/ui/FilterBar';
import { PaymentState } from '@/ui/marks';
import page from '@/ui/page.module.css';
import { Empty } from '@/ui/states';
import { useMethodName } from './method';
import { RecordPayment } from './RecordPayment';

type Row = Schemas['PaymentRow'];
const route = getRouteApi('/payments');
const slices = ['all', 'unidentified', 'unapplied', 'returned'] as const;
type Slice = (typeof slices)[number];

export default function PaymentsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const search = route.useSearch();
  const mayWrite = useMay('payments.write');
  const methodName = useMethodName();
  const q = search.q ?? '';
  const slice: Slice = slices.find((name) => name === search.show) ?? 'all';
  const go = (next: { q?: string; show?: string }) =>
    void navigate({ to: '/payments', search: { ...search, ...next }, replace: true });
  useKeys(
    mayWrite
      ? [{ keys: 'n', label: t('commands.record'), group: 'page', run: () => go({ show: 'record' }) }]
      : [],
  );

  const load = useCallback<LoadSorted<Row>>(
    (cursor, limit, signal, sort) =>
      ok(
        api.GET('/api/v1/payments', {
          params: {
            query: {
              q: q || undefined,
              status: slice,
              sort: sort as '-date' | undefined,
              limit,
              cursor: cursor || undefined,
            },
          },
          signal,
        }),
      ),
    [q, slice],
  );
  const columns = useMemo<GridColumn<Row>[]>(
    () => [
      {
        id: 'date',
        title: t('fields.date'),
        width: 92,
        align: 'right',
        sort: 'date',
        descFirst: true,
        text: (row) => format.short(row.date),
      },
      {
        id: 'customer',
        title: t('fields.customer'),
        width: 210,
        grow: true,
        phone: true,
        sort: 'customer',
        text: (row) => row.customer?.name ?? [t('payments.unknown'), row.payer].filter(Boolean).join(': '),
        tone: (row) => (row.customer ? undefined : 'overdue'),
      },
      { id: 'payer', title: t('fields.payer'), width: 160, hidden: true, text: (row) => row.payer },
      { id: 'method', title: t('fields.method'), width: 116, text: (row) => methodName(row.method) },
      { id: 'reference', title: t('payments.reference'), width: 180, text: (row) => row.reference },
      {
        id: 'provider',
        title: t('payments.providerID'),
        width: 140,
        hidden: true,
        text: (row) => row.provider_id,
      },
      {
        id: 'status',
        title: t('fields.status'),
        width: 156,
        text: (row) => t(`paymentStatus.${row.status}`),
        render: (row) => <PaymentState status={row.status} />,
      },
      {
        id: 'currency',
        title: t('fields.currency'),
        width: 76,
        text: (row) => row.currency,
        tone: () => 'muted',
      },
      {
        id: 'amount',
        title: t('fields.amount'),
        width: 112,
        align: 'right',
        phone: true,
        sort: 'amount',
        descFirst: true,
        text: (row) => format.cell(row.amount, row.currency),
        phoneText: (row) => format.cellMoney(row.amount, row.currency),
      },
      {
        id: 'unapplied',
        title: t('payments.unapplied'),
        width: 124,
        align: 'right',
        sort: 'unapplied',
        descFirst: true,
        text: (row) => format.cell(row.unapplied, row.currency),
        tone: (row) => (Number(row.unapplied) > 0 ? 'soon' : 'muted'),
      },
    ],
    [t, format, methodName],
  );
  return (
    <div className={page.full}>
      <Group justify="space-between" className={page.head}>
        <Title order={1}>{t('nav.payments')}</Title>
        {mayWrite && (
          <Button
            leftSection={<IconCashPlus size={17} stroke={1.6} />}
            onClick={() => go({ show: 'record' })}
          >
            {t('commands.record')}
          </Button>
        )}
      </Group>
      <DataGrid<Row>
        id="payments"
        label={t('nav.payments')}
        columns={columns}
        load={load}
        resetKey={`${q} ${slice}`}
        rowId={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/payments/$payment', params: { payment: row.id } })}
        totals={[
          { label: t('fields.amount'), of: (row) => [{ amount: row.amount, currency: row.currency }] },
          {
            label: t('payments.unapplied'),
            of: (row) => [{ amount: row.unapplied, currency: row.currency }],
          },
        ]}
        toolbar={
          <FilterBar
            q={q}
            onQ={(next) => go({ q: next || undefined })}
            show={slice}
            onShow={(next) => go({ show: next === 'all' ? undefined : next })}
            choices={slices.map((name) => ({ value: name, label: t(`payments.${name}`) }))}
            placeholder={t('payments.filter')}
          />
        }
        empty={
          slice === 'unidentified' && !q ? (
            <Empty title={t('payments.noneUnidentified')} text={t('payments.noneUnidentifiedText')} />
          ) : q || slice !== 'all' ? (
            <Empty title={t('payments.noneFound')} text={t('invoices.noneFoundText')} />
          ) : (
            <Empty title={t('payments.empty')} text={t('payments.emptyText')} />
          )
        }
      />
      {search.show === 'record' && mayWrite && (
        <RecordPayment
          onClose={() => go({ show: undefined })}
          onSaved={(payment) => void navigate({ to: '/payments/$payment', params: { payment: payment.id } })}
        />
      )}
    </div>
  );
}
