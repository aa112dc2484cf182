import {
  Alert,
  Button,
  Group,
  PasswordInput,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiError, api, ok, type Schemas } from '@/api/client';
import { router } from '@/app/router';
import { Entrance } from '@/ui/Entrance';
import { explain, fieldErrors } from '@/ui/explain';

const COUNTRIES: Record<string, { currency: string; zone: string }> = {
  NL: { currency: 'EUR', zone: 'Europe/Amsterdam' },
  BE: { currency: 'EUR', zone: 'Europe/Brussels' },
  DE: { currency: 'EUR', zone: 'Europe/Berlin' },
  FR: { currency: 'EUR', zone: 'Europe/Paris' },
  LU: { currency: 'EUR', zone: 'Europe/Luxembourg' },
  AT: { currency: 'EUR', zone: 'Europe/Vienna' },
  IE: { currency: 'EUR', zone: 'Europe/Dublin' },
  ES: { currency: 'EUR', zone: 'Europe/Madrid' },
  IT: { currency: 'EUR', zone: 'Europe/Rome' },
  GB: { currency: 'GBP', zone: 'Europe/London' },
  CH: { currency: 'CHF', zone: 'Europe/Zurich' },
  DK: { currency: 'DKK', zone: 'Europe/Copenhagen' },
  SE: { currency: 'SEK', zone: 'Europe/Stockholm' },
  NO: { currency: 'NOK', zone: 'Europe/Oslo' },
  PL: { currency: 'PLN', zone: 'Europe/Warsaw' },
};

interface FirstRunProps {
  /** In the window: its own user is signed in and needs no password. */
  local: boolean;
  /** The firm is there already, made on the command line: only the first user is missing. */
  hasFirm: boolean;
  onDone: (answer: Schemas['SignedIn']) => void;
}

/** FirstRun makes the firm and the first user, or fills the books with the sample firm to look around. */
export default function FirstRun({ local, hasFirm, onDone }: FirstRunProps) {
  const { t, i18n } = useTranslation();
  const form = useForm({
    initialValues: {
      how: 'own',
      firm: '',
      country: 'NL',
      currency: 'EUR',
      name: '',
      email: '',
      password: '',
    },
    validate: {
      firm: (value, values) =>
        hasFirm || values.how === 'sample' || value.trim() ? null : t('firstRun.nameNeeded'),
      name: (value) => (local || value.trim() ? null : t('firstRun.yourNameNeeded')),
      email: (value) => (local || /^\S+@\S+\.\S+$/.test(value) ? null : t('fields.emailWrong')),
      password: (value) => (local || value.length >= 10 ? null : t('fields.passwordShort')),
    },
  });
  const sample = form.values.how === 'sample';
  const setup = useMutation({
    mutationFn: (values: typeof form.values) =>
      ok(
        api.POST('/api/v1/setup', {
          body: {
            sample: sample || undefined,
            firm:
              sample || hasFirm
                ? undefined
                : {
                    name: values.firm.trim(),
                    country: values.country,
                    currency: values.currency.toUpperCase(),
                    language: i18n.language as 'nl' | 'en',
                    time_zone: COUNTRIES[values.country]?.zone,
                  },
            ...(local
              ? {}
              : { name: values.name.trim(), email: values.email.trim(), password: values.password }),
          },
        }),
      ),
    onSuccess: (answer) => {
      void router.navigate({ to: sample ? '/' : '/imports' });
      onDone(answer);
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const regions = new Intl.DisplayNames([i18n.language], { type: 'region' });
  return (
    <Entrance wide>
      <form onSubmit={form.onSubmit((values) => setup.mutate(values))}>
        <Stack gap="md">
          <div>
            <Title order={1}>{t('firstRun.title')}</Title>
            <Text c="dimmed">{t('firstRun.lead')}</Text>
          </div>
          {!hasFirm && (
            <Radio.Group {...form.getInputProps('how')} label={t('firstRun.how')}>
              <Stack gap={8} mt={6}>
                <Radio value="own" label={t('firstRun.own')} description={t('firstRun.ownHint')} />
                <Radio value="sample" label={t('firstRun.sample')} description={t('firstRun.sampleHint')} />
              </Stack>
            </Radio.Group>
          )}
          {!sample && !hasFirm && (
            <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
              <TextInput label={t('firstRun.firm')} {...form.getInputProps('firm')} />
              <Select
                label={t('fields.country')}
                searchable
                data={Object.keys(COUNTRIES).map((code) => ({
                  value: code,
                  label: regions.of(code) ?? code,
                }))}
                {...form.getInputProps('country')}
                onChange={(value) => {
                  form.setFieldValue('country', value ?? 'NL');
                  form.setFieldValue('currency', COUNTRIES[value ?? 'NL']?.currency ?? 'EUR');
                }}
              />
              <TextInput
                label={t('fields.currency')}
                description={t('firstRun.currencyHint')}
                maxLength={3}
                {...form.getInputProps('currency')}
              />
            </SimpleGrid>
          )}
          {!local && (
            <>
              <div>
                <Title order={2}>{t('firstRun.you')}</Title>
                <Text c="dimmed" size="sm">
                  {t('firstRun.youLead')}
                </Text>
              </div>
              <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
                <TextInput
                  label={t('firstRun.yourName')}
                  autoComplete="name"
                  {...form.getInputProps('name')}
                />
                <TextInput
                  label={t('fields.email')}
                  type="email"
                  autoComplete="username"
                  {...form.getInputProps('email')}
                />
                <PasswordInput
                  label={t('fields.password')}
                  description={t('fields.passwordHint')}
                  autoComplete="new-password"
                  {...form.getInputProps('password')}
                />
              </SimpleGrid>
            </>
          )}
          {setup.error && !(setup.error instanceof ApiError && setup.error.fields.length > 0) && (
            <Alert color="overdue" role="alert">
              {explain(setup.error, t)}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button type="submit" loading={setup.isPending}>
              {sample ? t('firstRun.startSample') : t('firstRun.start')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Entrance>
  );
}
