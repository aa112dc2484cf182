import { Alert, Button, Group, SimpleGrid, Stack, Switch, Textarea, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import classes from './Settings.module.css';
import { useFirm } from './useFirm';

/** lines are the lines of a text without empty ones. */
const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

export function PortalSection() {
  const { t } = useTranslation();
  const { firm, save } = useFirm();
  const system = useQuery({ queryKey: ['system'], queryFn: () => ok(api.GET('/api/v1/system')) });
  const { portal } = firm;
  const form = useForm({
    initialValues: {
      enabled: portal.enabled,
      notice: portal.notice,
      public_url: portal.public_url,
      contact: { ...portal.contact },
      features: (portal.features ?? []).map((feature) => ({ ...feature })),
      cheque: portal.cheque ?? '',
      hosts: (portal.hosts ?? []).join('\n'),
      parents: (portal.parents ?? []).join('\n'),
    },
    validate: {
      public_url: (value) =>
        !value || /^https?:\/\/[^\s/]+\/?$/.test(value) ? null : t('portalSettings.urlWrong'),
      hosts: (value) =>
        lines(value).every((host) => /^[^\s/:@]+$/.test(host)) ? null : t('portalSettings.hostWrong'),
      parents: (value) =>
        lines(value).every((origin) => /^https:\/\/[^\s/]+$/.test(origin))
          ? null
          : t('portalSettings.parentWrong'),
    },
  });
  const state = system.data?.portal;
  return (
    <form
      onSubmit={form.onSubmit(({ hosts, parents, ...values }) =>
        save.mutate({
          portal: {
            ...values,
            hosts: lines(hosts),
            parents: lines(parents),
          },
        }),
      )}
    >
      <p className={classes.lead}>{t('portalSettings.lead')}</p>
      <Stack gap="md">
        {state && (
          <Alert color={state.running ? 'settled' : 'yellow'} role="status">
            {state.running
              ? t('portalSettings.running', { address: state.address })
              : state.error || t('portal.off')}
          </Alert>
        )}
        <Switch
          label={t('portalSettings.enabled')}
          {...form.getInputProps('enabled', { type: 'checkbox' })}
        />
        <fieldset className={classes.features}>
          <legend>{t('portalSettings.features')}</legend>
          <p className={classes.lead}>{t('portalSettings.featuresHint')}</p>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
            {form.values.features.map(({ name }, i) => (
              <Switch
                key={name}
                label={t(`portalSettings.feature.${name}`)}
                description={t(`portalSettings.featureHint.${name}`)}
                {...form.getInputProps(`features.${i}.on`, { type: 'checkbox' })}
              />
            ))}
          </SimpleGrid>
        </fieldset>
        <TextInput
          label={t('portalSettings.publicURL')}
          description={t('portalSettings.publicURLHint')}
          placeholder="https://betalen.example.nl"
          {...form.getInputProps('public_url')}
        />
        <Textarea
          label={t('portalSettings.hosts')}
          description={t('portalSettings.hostsHint')}
          autosize
          minRows={1}
          {...form.getInputProps('hosts')}
        />
        <Textarea
          label={t('portalSettings.parents')}
          description={t('portalSettings.parentsHint')}
          autosize
          minRows={1}
          {...form.getInputProps('parents')}
        />
        <Textarea
          label={t('portalSettings.cheque')}
          description={t('portalSettings.chequeHint')}
          autosize
          minRows={2}
          maxLength={500}
          {...form.getInputProps('cheque')}
        />
        <Textarea
          label={t('portalSettings.notice')}
          description={t('portalSettings.noticeHint')}
          autosize
          minRows={2}
          maxLength={500}
          {...form.getInputProps('notice')}
        />
        <div className={classes.group}>
          <Title order={3} mb="xs">
            {t('portalSettings.contact')}
          </Title>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            <TextInput label={t('fields.name')} {...form.getInputProps('contact.name')} />
            <TextInput label={t('portalSettings.role')} {...form.getInputProps('contact.role')} />
            <TextInput label={t('fields.email')} type="email" {...form.getInputProps('contact.email')} />
            <TextInput label={t('fields.phone')} type="tel" {...form.getInputProps('contact.phone')} />
            <TextInput label={t('portalSettings.hours')} {...form.getInputProps('contact.hours')} />
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
