import { Alert, Button, Group, Modal, Select, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, idempotency, ok, type Schemas } from '@/api/client';
import { CustomerPicker, type Picked } from '@/customers/CustomerPicker';
import { useFormat } from '@/format/useFormat';
import { useSession } from '@/session/session';
import { AmountField } from '@/ui/AmountField';
import { DateField } from '@/ui/DateField';
import { explain } from '@/ui/explain';
import { AllocationTable } from './AllocationTable';
import { preview } from './allocation';

interface RecordPaymentProps {
  customer?: Picked;
  onClose: () => void;
  onSaved: (payment: Schemas['Payment']) => void;
}

const none: Schemas['InvoiceRow'][] = [];

/** RecordPayment books money that came in outside the portal: a transfer on the bank statement, cash. */
export function RecordPayment({ customer: given, onClose, onSaved }: RecordPaymentProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { firm, today } = useSession();
  const [customer, setCustomer] = useState<Picked | undefined>(given);
  const [amounts, setAmounts] = useState(new Map<string, string>());
  const [key] = useState(idempotency);
  const form = useForm({
    initialValues: {
      date: today,
      amount: '',
      currency: firm.currency,
      method: 'transfer' as 'transfer' | 'cash' | 'creditcard',
      payer: '',
      payer_iban: '',
      reference: '',
    },
    validate: {
      date: (value) => (value ? (value > today ? t('payments.future') : null) : t('fields.dateNeeded')),
      amount: (value) => (Number(value) > 0 ? null : t('fields.amountNeeded')),
    },
  });
  const currency = form.values.currency;
  const items = useQuery({
    queryKey: ['open-items', customer?.id],
    enabled: Boolean(customer),
    queryFn: () =>
      ok(
        api.GET('/api/v1/customers/{customer}/open-items', {
          params: { path: { customer: customer?.id ?? '' } },
        }),
      ),
  });
  const invoices = useMemo(
    () => items.data?.invoices.filter((row) => row.currency === currency) ?? none,
    [items.data, currency],
  );
  const currencies = [
    ...new Set([firm.currency, ...(items.data?.invoices.map((row) => row.currency) ?? [])]),
  ];
  const shown = preview(form.values.amount || '0', currency, invoices, amounts);
  const wrong = amounts.size > 0 && !shown.possible;

  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      ok(
        api.POST('/api/v1/payments', {
          params: { header: key },
          body: {
            ...values,
            customer: customer?.id,
            lines: shown.lines.map((line) => ({ invoice: line.id, amount: line.amount })),
          },
        }),
      ),
    onSuccess: onSaved,
  });

  return (
    <Modal
      opened
      onClose={onClose}
      title={t('commands.record')}
      size="xl"
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <form
        onSubmit={form.onSubmit((values) => {
          if (!wrong) save.mutate(values);
        })}
      >
        <Stack gap="sm">
          <CustomerPicker
            label={t('fields.customer')}
            description={t('payments.unknownHint')}
            value={customer}
            autoFocus={!given}
            onChange={(picked) => {
              setCustomer(picked);
              setAmounts(new Map());
            }}
          />
          <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
            <AmountField
              label={t('fields.amount')}
              currency={currency}
              data-autofocus={given ? true : undefined}
              {...form.getInputProps('amount')}
            />
            <Select
              label={t('fields.currency')}
              data={currencies}
              {...form.getInputProps('currency')}
              onChange={(value) => {
                form.setFieldValue('currency', value ?? firm.currency);
                setAmounts(new Map());
              }}
            />
            <DateField label={t('payments.valueDate')} max={today} {...form.getInputProps('date')} />
            <Select
              label={t('fields.method')}
              data={(['transfer', 'cash', 'creditcard'] as const).map((value) => ({
                value,
                label: t(`method.${value}`),
              }))}
              {...form.getInputProps('method')}
            />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
            <TextInput label={t('fields.payer')} {...form.getInputProps('payer')} />
            <TextInput label={t('fields.iban')} {...form.getInputProps('payer_iban')} />
            <TextInput label={t('payments.reference')} {...form.getInputProps('reference')} />
          </SimpleGrid>
          {customer && (
            <AllocationTable
              available={form.values.amount}
              currency={currency}
              invoices={invoices}
              amounts={amounts}
              onChange={setAmounts}
            />
          )}
          {save.error && (
            <Alert color="overdue" role="alert">
              {explain(save.error, t)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('actions.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={wrong}>
              {Number(form.values.amount) > 0
                ? t('payments.book', { money: format.money(form.values.amount, currency) })
                : t('payments.bookEmpty')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
