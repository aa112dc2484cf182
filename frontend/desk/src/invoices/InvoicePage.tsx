import { Alert, Button, Group, Menu, Modal, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { IconDots, IconLink, IconReceiptRefund } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, idempotency, ok, type Schemas } from '@/api/client';
import { LinkDialog } from '@/customers/LinkDialog';
import { useFormat } from '@/format/useFormat';
import { AllocationsList } from '@/payments/AllocationsList';
import { useMethodName } from '@/payments/method';
import classes from '@/payments/Payments.module.css';
import { useMay } from '@/session/session';
import { AmountField } from '@/ui/AmountField';
import { explain } from '@/ui/explain';
import { AnchorLink } from '@/ui/links';
import { Figure, InvoiceState, Stamp, uiClasses, useLate } from '@/ui/marks';
import page from '@/ui/page.module.css';
import { Failed, Loading } from '@/ui/states';

type Invoice = Schemas['Invoice'];
type Action = 'credit' | 'writeOff' | 'void' | 'describe' | 'link';
const route = getRouteApi('/invoices/$invoice');

export default function InvoicePage() {
  const { invoice: id } = route.useParams();
  const { t } = useTranslation();
  const format = useFormat();
  const late = useLate();
  const methodName = useMethodName();
  const mayWrite = useMay('invoices.write');
  const mayVoid = useMay('invoices.void');
  const mayLink = useMay('links.create');
  const [action, setAction] = useState<Action>();
  const invoice = useQuery({
    queryKey: ['invoice', id],
    queryFn: () => ok(api.GET('/api/v1/invoices/{invoice}', { params: { path: { invoice: id } } })),
  });
  const lands = useSettledNow(id, invoice.data?.status);

  if (invoice.isPending) return <Loading />;
  if (invoice.isError) return <Failed error={invoice.error} onRetry={() => void invoice.refetch()} />;
  const d = invoice.data;
  const credit = d.type === 'credit_note';
  const live = d.status !== 'void';
  const open = Number(d.open) > 0 && live;
  const facts: [string, string][] = [
    [t('fields.issued'), format.full(d.issued)],
    [t('fields.due'), credit ? '' : `${format.full(d.due)}${open ? ` · ${late(d.days_late)}` : ''}`],
    [t('fields.po'), d.po],
    [t('fields.reference'), d.reference],
    [t('fields.description'), d.description],
    [t('invoices.voidReason'), d.void_reason],
  ];

  return (
    <div className={page.scroll}>
      <div className={uiClasses.header}>
        <div className={uiClasses.headerText}>
          <AnchorLink to="/customers/$customer" params={{ customer: d.customer.id }} size="xs">
            {d.customer.number} {d.customer.name}
          </AnchorLink>
          <Group gap="lg">
            <Title order={1}>
              {t(`hit.${d.type}`)} {d.number}
            </Title>
            {d.status === 'paid' && !credit && <Stamp lands={lands} size={16} />}
          </Group>
          <InvoiceState row={d} />
        </div>
        <div className={uiClasses.figures}>
          <Figure label={t('invoices.totalWithTax')} amount={d.total} currency={d.currency} />
          <Figure
            label={credit ? t('invoices.creditLeft') : t('balance.open')}
            amount={d.open}
            currency={d.currency}
            tone={d.status === 'overdue' ? 'overdue' : d.status === 'paid' || credit ? 'settled' : undefined}
          />
        </div>
      </div>

      <Group gap="xs" mb="md">
        {open && !credit && mayLink && (
          <Button leftSection={<IconLink size={17} stroke={1.6} />} onClick={() => setAction('link')}>
            {t('link.payLink')}
          </Button>
        )}
        {open && !credit && mayWrite && (
          <Button
            variant="default"
            leftSection={<IconReceiptRefund size={17} stroke={1.6} />}
            onClick={() => setAction('credit')}
          >
            {t('invoices.credit')}
          </Button>
        )}
        {live && (mayWrite || mayVoid) && (
          <Menu position="bottom-start">
            <Menu.Target>
              <Button variant="default" px={10} aria-label={t('actions.more')}>
                <IconDots size={18} stroke={1.6} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {mayWrite && (
                <Menu.Item onClick={() => setAction('describe')}>{t('invoices.describe')}</Menu.Item>
              )}
              {mayVoid && open && !credit && (
                <Menu.Item onClick={() => setAction('writeOff')}>{t('invoices.writeOff')}</Menu.Item>
              )}
              {mayVoid && <Menu.Item onClick={() => setAction('void')}>{t('invoices.void')}</Menu.Item>}
            </Menu.Dropdown>
          </Menu>
        )}
      </Group>

      {d.discount && open && Number(d.discount.amount) > 0 && (
        <Alert color="settled" mb="md">
          {t('invoices.discount', {
            percent: d.discount.percent,
            until: format.short(d.discount.until),
            money: format.money(d.discount.amount, d.currency),
          })}
        </Alert>
      )}

      <div className={classes.columns}>
        <div>
          <section className={uiClasses.card} aria-labelledby="settled">
            <div className={uiClasses.cardHead}>
              <Title order={2} id="settled">
                {credit ? t('invoices.usedFor') : t('invoices.settled')}
              </Title>
            </div>
            <AllocationsList allocations={d.allocations} of={credit ? 'payment' : 'invoice'} />
          </section>
          {d.attempts.length > 0 && (
            <section className={uiClasses.card} aria-labelledby="attempts">
              <div className={uiClasses.cardHead}>
                <Title order={2} id="attempts">
                  {t('attempts.title')}
                </Title>
              </div>
              <div className={uiClasses.tableFrame}>
                <table className={uiClasses.table}>
                  <tbody>
                    {d.attempts.map((attempt) => (
                      <tr key={attempt.id}>
                        <td>{format.instant(attempt.created)}</td>
                        <td>{attempt.method ? methodName(attempt.method) : 'Mollie'}</td>
                        <td>
                          {t(`attemptState.${attempt.state}`)}
                          {(attempt.fail_reason || attempt.finding) && (
                            <Text size="xs" c="dimmed">
                              {attempt.finding || attempt.fail_reason}
                            </Text>
                          )}
                        </td>
                        <td className="num">{format.cell(attempt.amount, attempt.currency)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </section>
          )}
        </div>
        <section className={uiClasses.card} aria-labelledby="facts">
          <div className={uiClasses.cardHead}>
            <Title order={2} id="facts">
              {t('invoices.facts')}
            </Title>
          </div>
          <div className={uiClasses.cardBody}>
            <dl className={uiClasses.facts}>
              {facts
                .filter(([, value]) => value)
                .map(([name, value]) => (
                  <div key={name} style={{ display: 'contents' }}>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                  </div>
                ))}
              {d.corrects && (
                <>
                  <dt>{t('invoices.corrects')}</dt>
                  <dd>
                    <AnchorLink to="/invoices/$invoice" params={{ invoice: d.corrects.id }}>
                      {d.corrects.number}
                    </AnchorLink>
                  </dd>
                </>
              )}
              {d.tax.map((part) => (
                <div key={part.rate} style={{ display: 'contents' }}>
                  <dt>{t('invoices.tax', { rate: part.rate })}</dt>
                  <dd className="num">
                    {format.money(part.tax, d.currency)}{' '}
                    <span style={{ color: 'var(--v-muted)' }}>
                      {t('invoices.taxBase', { money: format.money(part.base, d.currency) })}
                    </span>
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        </section>
      </div>
      {action === 'link' && <InvoiceLink invoice={d} onClose={() => setAction(undefined)} />}
      {action && action !== 'link' && (
        <ActionDialog action={action} invoice={d} onClose={() => setAction(undefined)} />
      )}
    </div>
  );
}

/** useSettledNow says whether the invoice became paid while one was looking: then the stamp lands. */
function useSettledNow(id: string, status: Invoice['status'] | undefined): boolean {
  const before = useRef<{ id: string; status?: string }>({ id });
  const [lands, setLands] = useState(false);
  useEffect(() => {
    if (status === undefined) return;
    const last = before.current;
    setLands(last.id === id && last.status !== undefined && last.status !== 'paid' && status === 'paid');
    before.current = { id, status };
  }, [id, status]);
  return lands;
}

function InvoiceLink({ invoice, onClose }: { invoice: Invoice; onClose: () => void }) {
  const customer = useQuery({
    queryKey: ['customer', invoice.customer.id],
    queryFn: () =>
      ok(api.GET('/api/v1/customers/{customer}', { params: { path: { customer: invoice.customer.id } } })),
  });
  return customer.data ? (
    <LinkDialog customer={customer.data} invoices={[invoice]} onClose={onClose} />
  ) : null;
}

interface ActionDialogProps {
  action: Exclude<Action, 'link'>;
  invoice: Invoice;
  onClose: () => void;
}

/** ActionDialog asks what an action needs: these change money or give it up, so a reason is always written down. */
function ActionDialog({ action, invoice, onClose }: ActionDialogProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [number, setNumber] = useState('');
  const [amount, setAmount] = useState(invoice.open);
  const [words, setWords] = useState({
    po: invoice.po,
    reference: invoice.reference,
    description: invoice.description,
  });
  const [key] = useState(idempotency);
  const params = { path: { invoice: invoice.id } };
  const run = useMutation({
    mutationFn: () => {
      switch (action) {
        case 'credit':
          return ok(
            api.POST('/api/v1/invoices/{invoice}/credit', {
              params: { ...params, header: key },
              body: { number: number.trim(), amount, reason, allocate: true },
            }),
          );
        case 'writeOff':
          return ok(
            api.POST('/api/v1/invoices/{invoice}/write-off', {
              params: { ...params, header: key },
              body: { amount, reason },
            }),
          );
        case 'void':
          return ok(api.POST('/api/v1/invoices/{invoice}/void', { params, body: { reason } }));
        case 'describe':
          return ok(api.PATCH('/api/v1/invoices/{invoice}', { params, body: words }));
      }
    },
    onSuccess: () => {
      void client.invalidateQueries();
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`invoices.${action}Title`, { number: invoice.number })}
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text c="dimmed">{t(`invoices.${action}Text`)}</Text>
          {action === 'credit' && (
            <TextInput
              label={t('invoices.creditNumber')}
              value={number}
              onChange={(event) => setNumber(event.currentTarget.value)}
              required
              withAsterisk={false}
              data-autofocus
            />
          )}
          {(action === 'credit' || action === 'writeOff') && (
            <AmountField
              label={t('fields.amount')}
              currency={invoice.currency}
              value={amount}
              onChange={setAmount}
            />
          )}
          {action === 'describe' ? (
            <>
              <TextInput
                label={t('fields.po')}
                value={words.po}
                onChange={(event) => setWords({ ...words, po: event.currentTarget.value })}
                data-autofocus
              />
              <TextInput
                label={t('fields.reference')}
                value={words.reference}
                onChange={(event) => setWords({ ...words, reference: event.currentTarget.value })}
              />
              <Textarea
                label={t('fields.description')}
                value={words.description}
                onChange={(event) => setWords({ ...words, description: event.currentTarget.value })}
              />
            </>
          ) : (
            <TextInput
              label={t('fields.reason')}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              required
              withAsterisk={false}
            />
          )}
          {run.error && (
            <Alert color="overdue" role="alert">
              {explain(run.error, t)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('actions.cancel')}
            </Button>
            <Button
              type="submit"
              color={action === 'void' || action === 'writeOff' ? 'overdue' : undefined}
              loading={run.isPending}
            >
              {t(`invoices.${action}Do`, { money: format.money(amount || '0', invoice.currency) })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
