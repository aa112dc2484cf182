import { Button, Group, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { useMay } from '@/session/session';
import { uiClasses } from '@/ui/marks';
import { Empty, Failed, Loading } from '@/ui/states';
import { toastDone, toastError } from '@/ui/toast';

type Charge = Schemas['Charge'];
const KEY = ['reminders', 'charges'];

/** Charges are proposals with their computation; accepting one makes a debit note of its own. */
export function Charges() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const may = useMay('invoices.write');
  const charges = useQuery({ queryKey: KEY, queryFn: () => ok(api.GET('/api/v1/charges')) });
  const accept = useMutation({
    mutationFn: (charge: Charge) =>
      ok(api.POST('/api/v1/charges', { body: { customer: charge.customer.id, total: charge.total } })),
    onSuccess: (data) => {
      client.setQueryData(KEY, data);
      toastDone(t('reminders.charged'));
    },
    onError: toastError,
  });
  if (charges.isPending) return <Loading />;
  if (charges.isError) return <Failed error={charges.error} onRetry={() => void charges.refetch()} />;
  const { on, proposed, accepted } = charges.data;
  if (!on && accepted.length === 0) {
    return (
      <Empty title={t('reminders.chargesOff')} text={t('reminders.chargesOffText')}>
        <Link to="/settings/$section" params={{ section: 'reminders' }}>
          {t('settings.reminders')}
        </Link>
      </Empty>
    );
  }
  return (
    <>
      <Title order={2} mb="xs">
        {t('reminders.proposed', { count: proposed.length })}
      </Title>
      {proposed.length === 0 && <Text c="dimmed">{t('reminders.noneProposed')}</Text>}
      {proposed.map((charge) => (
        <ChargeView key={charge.customer.id} charge={charge}>
          {may && (
            <Button size="compact-sm" disabled={accept.isPending} onClick={() => accept.mutate(charge)}>
              {t('reminders.accept')}
            </Button>
          )}
        </ChargeView>
      ))}
      {accepted.length > 0 && (
        <>
          <Title order={2} mt="xl" mb="xs">
            {t('reminders.accepted')}
          </Title>
          {accepted.map((charge) => (
            <ChargeView key={charge.number} charge={charge} />
          ))}
        </>
      )}
    </>
  );
}

function ChargeView({ charge, children }: { charge: Charge; children?: React.ReactNode }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { currency } = charge.total;
  return (
    <section style={{ marginBottom: 20 }}>
      <Group justify="space-between">
        <Text fw={600}>
          <Link to="/customers/$customer" params={{ customer: charge.customer.id }}>
            {charge.customer.name}
          </Link>{' '}
          · {format.money(charge.total.amount, currency)}
          {charge.number && ` · ${charge.number}, ${format.short(charge.on)}`}
        </Text>
        {children}
      </Group>
      <Text size="sm" c="dimmed" mb={4}>
        {charge.law}
        {charge.provisional && ` · ${t('reminders.provisional')}`}
      </Text>
      <div className={uiClasses.tableFrame}>
        <table className={uiClasses.table}>
          <tbody>
            {charge.parts.map((part) => (
              <tr key={`${part.invoice}${part.kind}`}>
                <td>{part.number}</td>
                <td>
                  {t(`reminders.charge.${part.kind}`)}
                  {part.lines.map((line) => (
                    <Text key={line.from} size="xs" c="dimmed">
                      {t('reminders.line', {
                        from: format.short(line.from),
                        to: format.short(line.to),
                        days: line.days,
                        base: format.money(line.base, currency),
                        rate: format.plain(line.rate),
                        amount: format.money(line.amount, currency),
                      })}
                    </Text>
                  ))}
                  {part.letter && (
                    <Text size="xs" c="dimmed">
                      {t('reminders.letter', {
                        date: format.short(part.letter),
                        principal: format.money(part.principal, currency),
                      })}
                    </Text>
                  )}
                </td>
                <td className="num">{format.money(part.amount, currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
