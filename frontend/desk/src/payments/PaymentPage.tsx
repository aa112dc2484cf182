import { Alert, Button, Group, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, idempotency, ok, type Schemas } from '@/api/client';
import { CustomerPicker, type Picked } from '@/customers/CustomerPicker';
import { useFormat } from '@/format/useFormat';
import { useMay } from '@/session/session';
import { explain } from '@/ui/explain';
import { AnchorLink } from '@/ui/links';
import { Figure, PaymentState, uiClasses } from '@/ui/marks';
import page from '@/ui/page.module.css';
import { Failed, Loading } from '@/ui/states';
import { toastDone, toastError, toastUndo } from '@/ui/toast';
import { AllocationsList } from './AllocationsList';
import { AllocationTable } from './AllocationTable';
import { preview } from './allocation';
import { useMethodName } from './method';
import classes from './Payments.module.css';

const route = getRouteApi('/payments/$payment');

export default function PaymentPage() {
  const { payment: id } = route.useParams();
  const { t } = useTranslation();
  const format = useFormat();
  const methodName = useMethodName();
  const mayWrite = useMay('payments.write');
  const payment = useQuery({
    queryKey: ['payment', id],
    queryFn: () => ok(api.GET('/api/v1/payments/{payment}', { params: { path: { payment: id } } })),
  });
  if (payment.isPending) return <Loading />;
  if (payment.isError) return <Failed error={payment.error} onRetry={() => void payment.refetch()} />;
  const p = payment.data;
  const facts: [string, string][] = [
    [t('payments.valueDate'), format.full(p.date)],
    [t('fields.method'), methodName(p.method)],
    [t('fields.payer'), p.payer],
    [t('fields.iban'), p.payer_iban],
    [t('payments.reference'), p.reference],
    [t('payments.provider'), p.provider === 'mollie' ? 'Mollie' : p.provider],
    [t('payments.providerID'), p.provider_id],
  ];
  const free = Number(p.unapplied) > 0;
  return (
    <div className={page.scroll}>
      <div className={uiClasses.header}>
        <div className={uiClasses.headerText}>
          <AnchorLink to="/payments" size="xs">
            {t('nav.payments')}
          </AnchorLink>
          <Title order={1}>
            {p.customer ? (
              <Link
                to="/customers/$customer"
                params={{ customer: p.customer.id }}
                style={{ color: 'inherit', textDecoration: 'none' }}
              >
                {p.customer.name}
              </Link>
            ) : (
              t('payments.unknown')
            )}
          </Title>
          <Text c="dimmed">
            <PaymentState status={p.status} />
          </Text>
        </div>
        <div className={uiClasses.figures}>
          <Figure label={t('fields.amount')} amount={p.amount} currency={p.currency} />
          <Figure
            label={t('payments.unapplied')}
            amount={p.unapplied}
            currency={p.currency}
            tone={free ? 'soon' : undefined}
          />
        </div>
      </div>
      <div className={classes.columns}>
        <div>
          {!p.customer && mayWrite && <Identify payment={p} />}
          {p.customer && free && mayWrite && <Allocate payment={p} />}
          <section className={uiClasses.card} aria-labelledby="applied">
            <div className={uiClasses.cardHead}>
              <Title order={2} id="applied">
                {t('payments.applied')}
              </Title>
            </div>
            <AllocationsList allocations={p.allocations} of="payment" />
          </section>
          {p.returns.length > 0 && (
            <section className={uiClasses.card} aria-labelledby="returns">
              <div className={uiClasses.cardHead}>
                <Title order={2} id="returns">
                  {t('payments.returns')}
                </Title>
              </div>
              <table className={uiClasses.table}>
                <tbody>
                  {p.returns.map((back) => (
                    <tr key={back.id}>
                      <td>{format.short(back.date)}</td>
                      <td>
                        {t(`return.${back.kind}`)}
                        {back.reason && ` · ${back.reason}`}
                      </td>
                      <td className="num">{format.cell(`-${back.amount}`, p.currency)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )}
        </div>
        <section className={uiClasses.card} aria-labelledby="facts">
          <div className={uiClasses.cardHead}>
            <Title order={2} id="facts">
              {t('payments.facts')}
            </Title>
          </div>
          <dl className={`${uiClasses.facts} ${uiClasses.cardBody}`}>
            {facts
              .filter(([, value]) => value)
              .map(([name, value]) => (
                <div key={name} style={{ display: 'contents' }}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
          </dl>
        </section>
      </div>
    </div>
  );
}

function Identify({ payment }: { payment: Schemas['Payment'] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [customer, setCustomer] = useState<Picked>();
  const assign = useMutation({
    mutationFn: (picked: Picked) =>
      ok(
        api.POST('/api/v1/payments/{payment}/customer', {
          params: { path: { payment: payment.id } },
          body: { customer: picked.id },
        }),
      ),
    onSuccess: (saved, picked) => {
      client.setQueryData(['payment', payment.id], saved);
      toastDone(t('payments.assigned', { name: picked.name }));
    },
    onError: toastError,
  });
  return (
    <section className={uiClasses.card}>
      <div className={uiClasses.cardBody}>
        <Title order={2} mb={4}>
          {t('payments.whose')}
        </Title>
        <Text c="dimmed" mb="sm">
          {t('payments.whoseText')}
        </Text>
        <Group align="flex-end" gap="xs">
          <div style={{ flex: 1 }}>
            <CustomerPicker label={t('fields.customer')} value={customer} onChange={setCustomer} />
          </div>
          <Button
            disabled={!customer}
            loading={assign.isPending}
            onClick={() => customer && assign.mutate(customer)}
          >
            {t('payments.assign')}
          </Button>
        </Group>
      </div>
    </section>
  );
}

function Allocate({ payment }: { payment: Schemas['Payment'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Map<string, string>>();
  const items = useQuery({
    queryKey: ['open-items', payment.customer?.id],
    queryFn: () =>
      ok(
        api.GET('/api/v1/customers/{customer}/open-items', {
          params: { path: { customer: payment.customer?.id ?? '' } },
        }),
      ),
  });
  const proposal = useQuery({
    queryKey: ['proposal', payment.id],
    queryFn: () =>
      ok(api.GET('/api/v1/payments/{payment}/proposal', { params: { path: { payment: payment.id } } })),
  });
  const invoices = useMemo(
    () => items.data?.invoices.filter((row) => row.currency === payment.currency) ?? [],
    [items.data, payment.currency],
  );
  const proposed = useMemo(
    () => new Map(proposal.data?.lines.map((line) => [line.invoice.id, line.amount])),
    [proposal.data],
  );
  const amounts = chosen ?? proposed;
  const shown = preview(payment.unapplied, payment.currency, invoices, amounts);

  const apply = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/payments/{payment}/allocations', {
          params: { path: { payment: payment.id }, header: idempotency() },
          body: {
            lines: shown.lines.map((line) => {
              const suggested = proposal.data?.lines.find((candidate) => candidate.invoice.id === line.id);
              const discount =
                suggested && suggested.amount === line.amount && Number(suggested.discount) > 0
                  ? suggested.discount
                  : undefined;
              return { invoice: line.id, amount: line.amount, discount };
            }),
          },
        }),
      ),
    onSuccess: (saved) => {
      const before = new Set(payment.allocations.map((allocation) => allocation.id));
      const fresh = saved.allocations.filter((allocation) => !before.has(allocation.id));
      client.setQueryData(['payment', payment.id], saved);
      void client.invalidateQueries();
      setChosen(undefined);
      toastUndo(t('allocate.done', { money: format.money(shown.applied, payment.currency) }), () =>
        Promise.all(
          fresh.map((allocation) =>
            ok(
              api.POST('/api/v1/allocations/{allocation}/reverse', {
                params: { path: { allocation: allocation.id } },
                body: { reason: t('allocate.reverseReason') },
              }),
            ),
          ),
        ).finally(() => client.invalidateQueries()),
      );
    },
  });

  if (items.isPending || proposal.isPending) return null;
  if (items.isError) return <Failed error={items.error} onRetry={() => void items.refetch()} />;
  return (
    <section className={uiClasses.card} aria-labelledby="allocate">
      <div className={uiClasses.cardHead}>
        <Title order={2} id="allocate">
          {t('allocate.title', { money: format.money(payment.unapplied, payment.currency) })}
        </Title>
      </div>
      <div className={uiClasses.cardBody}>
        <AllocationTable
          available={payment.unapplied}
          currency={payment.currency}
          invoices={invoices}
          amounts={amounts}
          onChange={setChosen}
        />
        {apply.error && (
          <Alert color="overdue" role="alert" mt="sm">
            {explain(apply.error, t)}
          </Alert>
        )}
        <Group justify="flex-end" mt="sm">
          <Button disabled={!shown.possible} loading={apply.isPending} onClick={() => apply.mutate()}>
            {t('allocate.apply', { money: format.money(shown.applied, payment.currency) })}
          </Button>
        </Group>
      </div>
    </section>
  );
}
