import { Button, Group, Modal, Select, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, api, idempotency, ok, type Schemas } from '@/api/client';
import { CustomerPicker, type Picked } from '@/customers/CustomerPicker';
import { useSession } from '@/session/session';
import { AmountField } from '@/ui/AmountField';
import { DateField } from '@/ui/DateField';
import { fieldErrors } from '@/ui/explain';
import { toastError } from '@/ui/toast';

type Input = Schemas['InvoiceInput'];

interface InvoiceFormProps {
  customer?: Picked;
  onClose: () => void;
  onSaved: (invoice: Schemas['Invoice']) => void;
}

/** InvoiceForm posts an invoice, credit note or debit note that was made elsewhere. */
export function InvoiceForm({ customer: given, onClose, onSaved }: InvoiceFormProps) {
  const { t } = useTranslation();
  const { firm, today } = useSession();
  const [customer, setCustomer] = useState<Picked | undefined>(given);
  const [key] = useState(idempotency);
  const form = useForm({
    initialValues: {
      type: 'invoice' as Input['type'],
      number: '',
      issued: today,
      due: '',
      total: '',
      currency: firm.currency,
      po: '',
      description: '',
    },
    validate: {
      number: (value) => (value.trim() ? null : t('invoices.numberNeeded')),
      issued: (value) => (value ? null : t('fields.dateNeeded')),
      total: (value) => (Number(value) > 0 ? null : t('fields.amountNeeded')),
    },
  });
  const save = useMutation({
    mutationFn: ({ due, ...values }: typeof form.values) =>
      ok(
        api.POST('/api/v1/invoices', {
          params: { header: key },
          body: {
            ...values,
            number: values.number.trim(),
            currency: values.currency.toUpperCase(),
            customer: customer?.id ?? '',
            due: due || undefined,
          },
        }),
      ),
    onSuccess: onSaved,
    onError: (error) => {
      form.setErrors(fieldErrors(error));
      if (!(error instanceof ApiError) || error.fields.length === 0) toastError(error);
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('commands.newInvoice')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <form
        onSubmit={form.onSubmit((values) => {
          if (customer) save.mutate(values);
        })}
      >
        <Stack gap="sm">
          <CustomerPicker label={t('fields.customer')} value={customer} onChange={setCustomer} autoFocus />
          <SimpleGrid cols={2} spacing="sm">
            <Select
              label={t('fields.type')}
              data={(['invoice', 'credit_note', 'debit_note'] as const).map((value) => ({
                value,
                label: t(`hit.${value}`),
              }))}
              {...form.getInputProps('type')}
            />
            <TextInput label={t('fields.number')} {...form.getInputProps('number')} />
            <DateField label={t('fields.issued')} {...form.getInputProps('issued')} />
            <DateField
              label={t('fields.due')}
              description={t('invoices.dueHint')}
              {...form.getInputProps('due')}
            />
            <AmountField
              label={t('invoices.totalWithTax')}
              currency={form.values.currency}
              {...form.getInputProps('total')}
            />
            <TextInput label={t('fields.currency')} maxLength={3} {...form.getInputProps('currency')} />
            <TextInput label={t('fields.po')} {...form.getInputProps('po')} />
            <TextInput label={t('fields.description')} {...form.getInputProps('description')} />
          </SimpleGrid>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('actions.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!customer}>
              {t('invoices.post')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
