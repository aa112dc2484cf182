import { Button, Checkbox, Group, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { fromMinor, toMinor } from '@/format/money';
import { useFormat } from '@/format/useFormat';
import { AmountField } from '@/ui/AmountField';
import { State, uiClasses, useLate } from '@/ui/marks';
import { oldestFirst, preview } from './allocation';
import classes from './Payments.module.css';

interface AllocationTableProps {
  available: string;
  currency: string;
  invoices: Schemas['InvoiceRow'][];
  amounts: Map<string, string>;
  onChange: (amounts: Map<string, string>) => void;
}

/** AllocationTable chooses what a payment pays and shows at once what is left of the invoices and of the money. */
export function AllocationTable({ available, currency, invoices, amounts, onChange }: AllocationTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const late = useLate();
  const shown = useMemo(
    () => preview(available || '0', currency, invoices, amounts),
    [available, currency, invoices, amounts],
  );
  const set = (id: string, amount: string) => {
    const next = new Map(amounts);
    if (amount && Number(amount) !== 0) next.set(id, amount);
    else next.delete(id);
    onChange(next);
  };
  const rest = toMinor(shown.rest, currency);
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text fw={560}>{t('allocate.choose')}</Text>
        <Group gap={4}>
          <Button
            size="compact-sm"
            variant="subtle"
            onClick={() => onChange(oldestFirst(available || '0', currency, invoices))}
          >
            {t('allocate.oldest')}
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            onClick={() => onChange(new Map())}
            disabled={amounts.size === 0}
          >
            {t('allocate.none')}
          </Button>
        </Group>
      </Group>
      <div className={classes.lines}>
        <table className={uiClasses.table}>
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">{t('allocate.pay')}</span>
              </th>
              <th scope="col">{t('hit.invoice')}</th>
              <th scope="col">{t('fields.due')}</th>
              <th scope="col" className="num">
                {t('balance.open')}
              </th>
              <th scope="col" className="num">
                {t('allocate.amount')}
              </th>
              <th scope="col" className="num">
                {t('allocate.left')}
              </th>
            </tr>
          </thead>
          <tbody>
            {invoices.map((invoice) => {
              const line = shown.lines.find((candidate) => candidate.id === invoice.id);
              return (
                <tr key={invoice.id} data-chosen={line ? true : undefined}>
                  <td>
                    <Checkbox
                      size="xs"
                      aria-label={t('allocate.payNumber', { number: invoice.number })}
                      checked={Boolean(line)}
                      onChange={(event) => {
                        const free = Math.max(0, rest);
                        const full = toMinor(invoice.open, currency);
                        set(
                          invoice.id,
                          event.currentTarget.checked
                            ? fromMinor(free > 0 ? Math.min(full, free) : full, currency)
                            : '',
                        );
                      }}
                    />
                  </td>
                  <td className="nowrap">{invoice.number}</td>
                  <td>
                    {format.short(invoice.due)}{' '}
                    <Text span size="xs" c={invoice.days_late > 0 ? 'var(--v-overdue)' : 'dimmed'}>
                      {late(invoice.days_late)}
                    </Text>
                  </td>
                  <td className="num">{format.cell(invoice.open, currency)}</td>
                  <td className={classes.amount}>
                    <AmountField
                      size="xs"
                      aria-label={t('allocate.amountFor', { number: invoice.number })}
                      currency={currency}
                      value={amounts.get(invoice.id) ?? ''}
                      error={line?.tooMuch ? true : undefined}
                      onChange={(amount) => set(invoice.id, amount)}
                    />
                  </td>
                  <td className="num">
                    {line?.tooMuch ? (
                      <Text span c="var(--v-overdue)">
                        {t('allocate.tooMuch')}
                      </Text>
                    ) : line?.settles ? (
                      <State tone="settled" icon={<IconCircleCheck size={15} stroke={1.8} aria-hidden />}>
                        {t('status.paid')}
                      </State>
                    ) : line ? (
                      format.cell(line.left, currency)
                    ) : (
                      ''
                    )}
                  </td>
                </tr>
              );
            })}
            {invoices.length === 0 && (
              <tr>
                <td colSpan={6}>
                  <Text c="dimmed">{t('allocate.nothing')}</Text>
                </td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
      <div className={classes.sum} role="status" data-over={rest < 0 || undefined}>
        <span>
          {t('allocate.applied')} <b className="num">{format.money(shown.applied, currency)}</b>
        </span>
        <span>
          {rest < 0 ? t('allocate.short') : t('allocate.rest')}{' '}
          <b className="num">{format.money(fromMinor(Math.abs(rest), currency), currency)}</b>
        </span>
      </div>
    </div>
  );
}
