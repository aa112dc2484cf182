import { Button, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, idempotency, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { useMay } from '@/session/session';
import { uiClasses } from '@/ui/marks';
import { toastDone, toastError, toastUndo } from '@/ui/toast';

type Allocation = Schemas['Allocation'];

/** AllocationsList is what was applied, with a way to take each back. `of` says from which side one looks. */
export function AllocationsList({
  allocations,
  of,
}: {
  allocations: Allocation[];
  of: 'payment' | 'invoice';
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const mayWrite = useMay('payments.write');

  const again = (allocation: Allocation) =>
    ok(
      api.POST('/api/v1/payments/{payment}/allocations', {
        params: { path: { payment: allocation.payment }, header: idempotency() },
        body: { lines: [{ invoice: allocation.invoice.id, amount: allocation.amount }] },
      }),
    ).finally(() => client.invalidateQueries());

  const reverse = useMutation({
    mutationFn: (allocation: Allocation) =>
      ok(
        api.POST('/api/v1/allocations/{allocation}/reverse', {
          params: { path: { allocation: allocation.id } },
          body: { reason: t('allocate.reverseReason') },
        }),
      ),
    onSuccess: (_, allocation) => {
      void client.invalidateQueries();
      const message = t('allocate.reversed', {
        money: format.money(allocation.amount, allocation.currency),
        number: allocation.invoice.number,
      });
      if (allocation.kind === 'payment') toastUndo(message, () => again(allocation));
      else toastDone(message);
    },
    onError: toastError,
  });

  if (allocations.length === 0)
    return (
      <Text c="dimmed" p="sm">
        {of === 'payment' ? t('allocate.noneYet') : t('invoices.nothingPaid')}
      </Text>
    );
  return (
    <div className={uiClasses.tableFrame}>
      <table className={uiClasses.table}>
        <thead>
          <tr>
            <th scope="col">{t('fields.date')}</th>
            <th scope="col">{of === 'payment' ? t('hit.invoice') : t('allocate.source')}</th>
            <th scope="col" className="num">
              {t('fields.amount')}
            </th>
            <th scope="col">
              <span className="visually-hidden">{t('actions.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {allocations.map((allocation) => {
            const undone = allocation.reversed || Boolean(allocation.reverses);
            return (
              <tr key={allocation.id} style={undone ? { color: 'var(--v-muted)' } : undefined}>
                <td>{format.short(allocation.effective)}</td>
                <td>
                  {of === 'payment' ? (
                    <Link to="/invoices/$invoice" params={{ invoice: allocation.invoice.id }}>
                      {allocation.invoice.number}
                    </Link>
                  ) : allocation.payment ? (
                    <Link to="/payments/$payment" params={{ payment: allocation.payment }}>
                      {t(`allocation.${allocation.kind}`)}
                    </Link>
                  ) : allocation.credit ? (
                    <Link to="/invoices/$invoice" params={{ invoice: allocation.credit.id }}>
                      {t('allocation.credit_note')} {allocation.credit.number}
                    </Link>
                  ) : (
                    t(`allocation.${allocation.kind}`)
                  )}
                  {of === 'payment' &&
                    allocation.kind !== 'payment' &&
                    ` · ${t(`allocation.${allocation.kind}`)}`}
                  {allocation.reverses
                    ? ` · ${t('allocate.isReversal')}`
                    : allocation.reversed
                      ? ` · ${t('allocate.wasReversed')}`
                      : ''}
                  {allocation.reason && (
                    <Text size="xs" c="dimmed">
                      {allocation.reason}
                    </Text>
                  )}
                </td>
                <td className="num" style={undone ? { textDecoration: 'line-through' } : undefined}>
                  {format.cell(
                    allocation.reverses ? `-${allocation.amount}` : allocation.amount,
                    allocation.currency,
                  )}
                </td>
                <td className="num">
                  {mayWrite && !undone && (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      loading={reverse.isPending && reverse.variables?.id === allocation.id}
                      onClick={() => reverse.mutate(allocation)}
                    >
                      {t('allocate.reverse')}
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
