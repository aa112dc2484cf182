import { Button, Group, NumberInput, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { useLocale } from '@/format/useFormat';
import { AmountField } from '@/ui/AmountField';
import classes from './Settings.module.css';
import { useFirm } from './useFirm';

export const ZONES = [
  'Europe/Amsterdam',
  'Europe/Brussels',
  'Europe/Berlin',
  'Europe/Paris',
  'Europe/Luxembourg',
  'Europe/London',
  'UTC',
];

export function FirmSection() {
  const { t } = useTranslation();
  const { firm, save } = useFirm();
  const locale = useLocale();
  const form = useForm({
    initialValues: {
      name: firm.name,
      legal_name: firm.legal_name,
      vat_id: firm.vat_id,
      chamber_no: firm.chamber_no,
      iban: firm.iban,
      bic: firm.bic,
      email: firm.email,
      phone: firm.phone,
      website: firm.website,
      time_zone: firm.time_zone,
      language: firm.language,
      street: firm.address.street ?? '',
      postal_code: firm.address.postal_code ?? '',
      city: firm.address.city ?? '',
      small_difference: firm.rules.small_difference,
      small_share: decimalFor(firm.rules.small_share, locale),
      grace_days: firm.rules.grace_days,
    },
    validate: { name: (value) => (value.trim() ? null : t('firstRun.nameNeeded')) },
  });
  return (
    <form
      onSubmit={form.onSubmit(
        ({ street, postal_code, city, small_difference, small_share, grace_days, ...rest }) =>
          save.mutate({
            ...rest,
            address: { street, postal_code, city, country: firm.country },
            rules: {
              small_difference: small_difference || '0',
              small_share: small_share.replace(',', '.') || '0',
              grace_days: Number(grace_days) || 0,
            },
          }),
      )}
    >
      <p className={classes.lead}>{t('settings.firmLead')}</p>
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" className={classes.fields}>
          <TextInput label={t('settings.tradeName')} {...form.getInputProps('name')} />
          <TextInput
            label={t('settings.legalName')}
            description={t('settings.legalNameHint')}
            {...form.getInputProps('legal_name')}
          />
          <TextInput label={t('fields.iban')} {...form.getInputProps('iban')} />
          <TextInput label={t('settings.bic')} {...form.getInputProps('bic')} />
          <TextInput label={t('fields.vat')} {...form.getInputProps('vat_id')} />
          <TextInput label={t('fields.chamber')} {...form.getInputProps('chamber_no')} />
          <TextInput label={t('fields.street')} {...form.getInputProps('street')} />
          <Group grow gap="sm" wrap="nowrap">
            <TextInput label={t('fields.postalCode')} {...form.getInputProps('postal_code')} />
            <TextInput label={t('fields.city')} {...form.getInputProps('city')} />
          </Group>
          <TextInput label={t('fields.email')} type="email" {...form.getInputProps('email')} />
          <TextInput label={t('fields.phone')} type="tel" {...form.getInputProps('phone')} />
          <TextInput label={t('settings.website')} {...form.getInputProps('website')} />
          <Select
            label={t('settings.customerLanguage')}
            data={languages}
            {...form.getInputProps('language')}
          />
          <Select
            label={t('settings.timeZone')}
            description={t('settings.timeZoneHint')}
            searchable
            data={[...new Set([firm.time_zone, ...ZONES])]}
            {...form.getInputProps('time_zone')}
          />
          <TextInput
            label={t('settings.country')}
            value={`${firm.country} · ${firm.currency}`}
            disabled
            description={t('settings.fixed')}
          />
        </SimpleGrid>
        <div className={classes.group}>
          <Title order={3}>{t('settings.rules')}</Title>
          <Text c="dimmed" mb="sm">
            {t('settings.rulesLead')}
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
            <AmountField
              label={t('settings.smallDifference', { currency: firm.currency })}
              currency={firm.currency}
              {...form.getInputProps('small_difference')}
            />
            <TextInput
              label={t('settings.smallShare')}
              inputMode="decimal"
              {...form.getInputProps('small_share')}
            />
            <NumberInput
              label={t('settings.graceDays')}
              min={0}
              max={30}
              {...form.getInputProps('grace_days')}
            />
          </SimpleGrid>
        </div>
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {t('actions.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** decimalFor writes a plain number with the reader's decimal mark. */
const decimalFor = (value: string, locale: string) =>
  value === '' ? '' : new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(Number(value));

export const languages = [
  { value: 'nl', label: 'Nederlands' },
  { value: 'en', label: 'English' },
  { value: 'fr', label: 'Français' },
  { value: 'de', label: 'Deutsch' },
];
