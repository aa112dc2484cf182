import {
  Button,
  Group,
  Modal,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiError, api, idempotency, ok, type Schemas } from '@/api/client';
import { parseTyped } from '@/format/money';
import { useLocale } from '@/format/useFormat';
import { useSession } from '@/session/session';
import { fieldErrors } from '@/ui/explain';
import { toastError } from '@/ui/toast';

type Customer = Schemas['Customer'];
type Party = Customer['party'];

interface CustomerFormProps {
  customer?: Customer;
  onClose: () => void;
  onSaved: (customer: Customer) => void;
}

const parties: Party[] = ['unknown', 'business', 'consumer', 'public'];

/** CustomerForm makes a customer or changes one. A number is never changed: documents and imports know it. */
export function CustomerForm({ customer, onClose, onSaved }: CustomerFormProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { firm } = useSession();
  const form = useForm({
    initialValues: {
      number: customer?.number ?? '',
      name: customer?.name ?? '',
      party: customer?.party ?? ('unknown' as Party),
      language: customer?.language ?? '',
      email: customer?.email ?? '',
      phone: customer?.phone ?? '',
      street: customer?.address.street ?? '',
      postal_code: customer?.address.postal_code ?? '',
      city: customer?.address.city ?? '',
      country: customer?.address.country ?? firm.country,
      vat_id: customer?.vat_id ?? '',
      chamber_no: customer?.chamber_no ?? '',
      iban: customer?.iban ?? '',
      term_days: customer?.term_days ?? 0,
      credit_limit: customer?.credit_limit ?? '',
      note: customer?.note ?? '',
    },
    validate: {
      number: (value) => (value.trim() ? null : t('customers.numberNeeded')),
      name: (value) => (value.trim() ? null : t('customers.nameNeeded')),
      credit_limit: (value) =>
        !value || parseTyped(value, firm.currency, locale) !== undefined ? null : t('fields.amountWrong'),
    },
  });

  const save = useMutation({
    mutationFn: (values: typeof form.values) => {
      const { number, name, street, postal_code, city, country, credit_limit, ...rest } = values;
      const shared = {
        ...rest,
        address: { street, postal_code, city, country: country.toUpperCase() },
        credit_limit: credit_limit ? (parseTyped(credit_limit, firm.currency, locale) ?? '') : '',
      };
      return customer
        ? ok(
            api.PATCH('/api/v1/customers/{customer}', {
              params: { path: { customer: customer.id } },
              body: { ...shared, rename: name === customer.name ? undefined : name },
            }),
          )
        : ok(
            api.POST('/api/v1/customers', {
              params: { header: idempotency() },
              body: { number: number.trim(), name: name.trim(), ...shared },
            }),
          );
    },
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
      size="lg"
      title={customer ? t('customers.edit') : t('commands.newCustomer')}
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack gap="sm">
          <SimpleGrid cols={2} spacing="sm">
            <TextInput
              label={t('fields.number')}
              disabled={Boolean(customer)}
              data-autofocus
              required
              withAsterisk={false}
              {...form.getInputProps('number')}
            />
            <TextInput
              label={t('fields.name')}
              required
              withAsterisk={false}
              {...form.getInputProps('name')}
            />
            <TextInput label={t('fields.email')} type="email" {...form.getInputProps('email')} />
            <TextInput label={t('fields.phone')} type="tel" {...form.getInputProps('phone')} />
            <TextInput label={t('fields.street')} {...form.getInputProps('street')} />
            <Group grow gap="sm" wrap="nowrap">
              <TextInput label={t('fields.postalCode')} {...form.getInputProps('postal_code')} />
              <TextInput label={t('fields.city')} {...form.getInputProps('city')} />
            </Group>
            <TextInput label={t('fields.country')} maxLength={2} {...form.getInputProps('country')} />
            <Select
              label={t('fields.party')}
              description={t('customers.partyHint')}
              data={parties.map((value) => ({ value, label: t(`party.${value}`) }))}
              {...form.getInputProps('party')}
            />
            <TextInput label={t('fields.vat')} {...form.getInputProps('vat_id')} />
            <TextInput label={t('fields.chamber')} {...form.getInputProps('chamber_no')} />
            <TextInput label={t('fields.iban')} {...form.getInputProps('iban')} />
            <Select
              label={t('settings.language')}
              data={[
                { value: '', label: t('customers.firmLanguage') },
                { value: 'nl', label: 'Nederlands' },
                { value: 'en', label: 'English' },
                { value: 'fr', label: 'Français' },
                { value: 'de', label: 'Deutsch' },
              ]}
              {...form.getInputProps('language')}
            />
            <NumberInput
              label={t('fields.termDays')}
              description={t('customers.termHint')}
              min={0}
              max={365}
              {...form.getInputProps('term_days')}
            />
            <TextInput
              label={t('fields.creditLimit', { currency: firm.currency })}
              description={t('customers.limitHint')}
              inputMode="decimal"
              {...form.getInputProps('credit_limit')}
            />
          </SimpleGrid>
          <Textarea
            label={t('fields.note')}
            autosize
            minRows={2}
            maxLength={4000}
            {...form.getInputProps('note')}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('actions.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {customer ? t('actions.save') : t('customers.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
