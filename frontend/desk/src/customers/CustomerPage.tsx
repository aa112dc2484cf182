// One customer: what they owe, every open item, what happened, and who to call. The panel at the right folds with
// Ctrl+\ and stays as it is while J and K go through the list.

import { ActionIcon, Button, Group, SegmentedControl, Text, Title, Tooltip } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import {
  IconCashPlus,
  IconChevronDown,
  IconChevronUp,
  IconLayoutSidebarRightCollapse,
  IconLayoutSidebarRightExpand,
  IconLink,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { DataGrid, type LoadSorted } from '@/grid/DataGrid';
import { fromMemory } from '@/grid/memory';
import { invoiceColumns, signed } from '@/invoices/columns';
import { useKeys } from '@/keys/keys';
import { RecordPayment } from '@/payments/RecordPayment';
import { useMay } from '@/session/session';
import { AnchorLink } from '@/ui/links';
import { Figure, uiClasses } from '@/ui/marks';
import page from '@/ui/page.module.css';
import { Empty, Failed, Loading } from '@/ui/states';
import { CustomerForm } from './CustomerForm';
import classes from './CustomerPage.module.css';
import { LinkDialog } from './LinkDialog';
import { Panel } from './Panel';
import { neighbour, place } from './sequence';
import { Timeline } from './Timeline';
import { ViewAsButton } from './ViewAsButton';

type Row = Schemas['InvoiceRow'];
const route = getRouteApi('/customers/$customer');

export default function CustomerPage() {
  const { customer: id } = route.useParams();
  // A fresh page per customer: nothing of the last one stays selected. The panel's state lives outside.
  return <CustomerBody key={id} id={id} />;
}

/** A short list does not take the place of the timeline: toolbar, titles and rows, and room for what is selected. */
const gridHeight = (rows: number) => `calc(110px + var(--v-row) * ${Math.max(3, rows) + 1})`;

function CustomerBody({ id }: { id: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const client = useQueryClient();
  const mayPay = useMay('payments.write');
  const mayLink = useMay('links.create');
  const [panel, setPanel] = useLocalStorage({
    key: 'voldaan.panel',
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  const [shown, setShown] = useState<'open' | 'all'>('open');
  const [dialog, setDialog] = useState<'edit' | 'record' | 'link'>();
  const [linkFor, setLinkFor] = useState<Row[]>([]);

  const customer = useQuery({
    queryKey: ['customer', id],
    queryFn: () => ok(api.GET('/api/v1/customers/{customer}', { params: { path: { customer: id } } })),
  });
  const items = useQuery({
    queryKey: ['open-items', id],
    queryFn: () =>
      ok(api.GET('/api/v1/customers/{customer}/open-items', { params: { path: { customer: id } } })),
  });

  const step = (by: 1 | -1) => {
    const next = neighbour(id, by);
    if (next) void navigate({ to: '/customers/$customer', params: { customer: next } });
  };
  useKeys([
    { keys: 'j', label: t('keys.nextCustomer'), group: 'page', run: () => step(1) },
    { keys: 'k', label: t('keys.previousCustomer'), group: 'page', run: () => step(-1) },
    { keys: 'mod+\\', label: t('keys.panel'), group: 'page', run: () => setPanel((open) => !open) },
    ...(mayPay
      ? [{ keys: 'n', label: t('commands.record'), group: 'page' as const, run: () => setDialog('record') }]
      : []),
    ...(mayLink
      ? [{ keys: 'l', label: t('link.signIn'), group: 'page' as const, run: () => setDialog('link') }]
      : []),
  ]);

  const oneCurrency = (customer.data?.balances.length ?? 0) < 2;
  const columns = useMemo(
    () => invoiceColumns(t, format, { customer: false, sorts: shown === 'all', oneCurrency }),
    [t, format, shown, oneCurrency],
  );
  const openRows = useMemo(
    () => [...(items.data?.invoices ?? []), ...(items.data?.credits ?? [])],
    [items.data],
  );
  const load: LoadSorted<Row> =
    shown === 'open'
      ? fromMemory(openRows)
      : (cursor, limit, signal, sort) =>
          ok(
            api.GET('/api/v1/invoices', {
              params: {
                query: {
                  customer: id,
                  status: 'all',
                  sort: sort as '-due' | undefined,
                  limit,
                  cursor: cursor || undefined,
                },
              },
              signal,
            }),
          );

  if (customer.isPending) return <Loading />;
  if (customer.isError) return <Failed error={customer.error} onRetry={() => void customer.refetch()} />;
  const c = customer.data;
  const at = place(id);
  const onAccount = items.data?.payments ?? [];

  return (
    <div className={classes.page} data-panel={panel || undefined}>
      <div className={`${page.scroll} ${classes.main}`}>
        <div className={uiClasses.header}>
          <div className={uiClasses.headerText}>
            <Group gap={6} wrap="nowrap">
              <AnchorLink to="/customers" size="xs">
                {t('nav.customers')}
              </AnchorLink>
              {at && (
                <>
                  <Text size="xs" c="dimmed" className="num">
                    {t('customers.place', { at: format.count(at.at), of: format.count(at.of) })}
                  </Text>
                  <Tooltip label={`${t('keys.previousCustomer')}  K`}>
                    <ActionIcon
                      variant="subtle"
                      color="ink"
                      size="sm"
                      aria-label={t('keys.previousCustomer')}
                      onClick={() => step(-1)}
                      disabled={!neighbour(id, -1)}
                    >
                      <IconChevronUp size={16} />
                    </ActionIcon>
                  </Tooltip>
                  <Tooltip label={`${t('keys.nextCustomer')}  J`}>
                    <ActionIcon
                      variant="subtle"
                      color="ink"
                      size="sm"
                      aria-label={t('keys.nextCustomer')}
                      onClick={() => step(1)}
                      disabled={!neighbour(id, 1)}
                    >
                      <IconChevronDown size={16} />
                    </ActionIcon>
                  </Tooltip>
                </>
              )}
            </Group>
            <Title order={1}>{c.name}</Title>
            <Text c="dimmed">
              <span className="num">{c.number}</span>
              {c.address.city && ` · ${c.address.city}`}
              {c.state !== 'active' && ` · ${t(`customerState.${c.state}`)}`}
            </Text>
          </div>
          <div className={classes.balances}>
            {c.balances.map((balance) => (
              <div key={balance.currency} className={uiClasses.figures}>
                <Figure label={t('balance.open')} amount={balance.open} currency={balance.currency} />
                <Figure
                  label={t('balance.overdue')}
                  amount={balance.overdue}
                  currency={balance.currency}
                  tone={Number(balance.overdue) > 0 ? 'overdue' : undefined}
                />
                <Figure
                  label={t('balance.credit')}
                  amount={balance.credit}
                  currency={balance.currency}
                  tone={Number(balance.credit) > 0 ? 'settled' : undefined}
                />
                <Figure label={t('balance.net')} amount={balance.net} currency={balance.currency} />
              </div>
            ))}
          </div>
        </div>

        <Group gap="xs" mb="md">
          {mayLink && (
            <Button leftSection={<IconLink size={17} stroke={1.6} />} onClick={() => setDialog('link')}>
              {t('link.signIn')}
            </Button>
          )}
          {mayLink && <ViewAsButton customer={id} />}
          {mayPay && (
            <Button
              variant="default"
              leftSection={<IconCashPlus size={17} stroke={1.6} />}
              onClick={() => setDialog('record')}
            >
              {t('commands.record')}
            </Button>
          )}
          <div className={classes.push} />
          <Tooltip label={`${t('keys.panel')}  Ctrl \\`}>
            <ActionIcon
              variant="default"
              size={34}
              aria-label={t('keys.panel')}
              aria-expanded={panel}
              aria-controls="customer-panel"
              onClick={() => setPanel((open) => !open)}
            >
              {panel ? (
                <IconLayoutSidebarRightCollapse size={19} stroke={1.6} />
              ) : (
                <IconLayoutSidebarRightExpand size={19} stroke={1.6} />
              )}
            </ActionIcon>
          </Tooltip>
        </Group>

        {onAccount.length > 0 && (
          <div className={classes.onAccount}>
            {onAccount.map((payment) => (
              <Link key={payment.id} to="/payments/$payment" params={{ payment: payment.id }}>
                {t('customers.onAccount', {
                  money: format.money(payment.unapplied, payment.currency),
                  date: format.short(payment.date),
                })}
              </Link>
            ))}
          </div>
        )}

        <div
          className={classes.grid}
          style={shown === 'open' ? { maxHeight: gridHeight(openRows.length) } : undefined}
        >
          {items.isError ? (
            <Failed error={items.error} onRetry={() => void items.refetch()} />
          ) : (
            <DataGrid<Row>
              id="customer-items"
              label={t('customers.items')}
              columns={columns}
              load={load}
              resetKey={shown === 'open' ? `open ${items.dataUpdatedAt}` : 'all'}
              rowId={(row) => row.id}
              onOpen={(row) => void navigate({ to: '/invoices/$invoice', params: { invoice: row.id } })}
              totals={[
                {
                  label: t('balance.open'),
                  of: (row) => [{ amount: signed(row, row.open), currency: row.currency }],
                },
              ]}
              actions={
                mayLink
                  ? (rows) => (
                      <Button
                        size="compact-sm"
                        disabled={!rows.some((row) => row.type !== 'credit_note' && Number(row.open) > 0)}
                        onClick={() => {
                          setLinkFor(
                            rows.filter((row) => row.type !== 'credit_note' && Number(row.open) > 0),
                          );
                          setDialog('link');
                        }}
                      >
                        {t('link.payLink')}
                      </Button>
                    )
                  : undefined
              }
              toolbar={
                <SegmentedControl
                  size="xs"
                  value={shown}
                  onChange={(value) => setShown(value as 'open' | 'all')}
                  aria-label={t('grid.show')}
                  data={[
                    { value: 'open', label: t('customers.openItems') },
                    { value: 'all', label: t('customers.allDocuments') },
                  ]}
                />
              }
              empty={
                items.isPending ? null : shown === 'open' ? (
                  <Empty title={t('customers.nothingOpen')} text={t('customers.nothingOpenText')} />
                ) : (
                  <Empty title={t('customers.noDocuments')} />
                )
              }
            />
          )}
        </div>

        <Timeline customer={id} />
      </div>
      {panel && (
        <aside id="customer-panel" className={classes.panel} aria-label={t('customers.panel')}>
          <Panel customer={c} onEdit={() => setDialog('edit')} />
        </aside>
      )}
      {dialog === 'edit' && (
        <CustomerForm
          customer={c}
          onClose={() => setDialog(undefined)}
          onSaved={(saved) => {
            client.setQueryData(['customer', id], saved);
            setDialog(undefined);
          }}
        />
      )}
      {dialog === 'record' && (
        <RecordPayment
          customer={{ id: c.id, number: c.number, name: c.name }}
          onClose={() => setDialog(undefined)}
          onSaved={() => {
            setDialog(undefined);
            void client.invalidateQueries();
          }}
        />
      )}
      {dialog === 'link' && (
        <LinkDialog
          customer={c}
          invoices={linkFor}
          onClose={() => {
            setDialog(undefined);
            setLinkFor([]);
          }}
        />
      )}
    </div>
  );
}
