import {
  Alert,
  Button,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useSession } from '@/session/session';
import { explain } from '@/ui/explain';
import { Failed } from '@/ui/states';
import { toastDone, toastError } from '@/ui/toast';
import { NoticesGroup } from './NoticesGroup';
import classes from './Settings.module.css';

export function MailSection() {
  const { t } = useTranslation();
  const smtp = useQuery({ queryKey: ['smtp'], queryFn: () => ok(api.GET('/api/v1/settings/smtp')) });
  if (smtp.isError) return <Failed error={smtp.error} onRetry={() => void smtp.refetch()} />;
  if (!smtp.data) return null;
  return (
    <>
      <p className={classes.lead}>{t('smtp.lead')}</p>
      <SMTPForm now={smtp.data} />
      <TestMail ready={smtp.data.host !== ''} />
      <NoticesGroup />
    </>
  );
}

function SMTPForm({ now }: { now: Schemas['SMTPSettings'] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm({
    initialValues: {
      host: now.host,
      port: now.port || 587,
      user: now.user,
      password: '',
      security: now.security,
      from_name: now.from_name,
      from_email: now.from_email,
    },
    validate: {
      from_email: (value, values) =>
        !values.host || /^\S+@\S+$/.test(value) ? null : t('fields.emailWrong'),
    },
  });
  const save = useMutation({
    mutationFn: ({ password, ...values }: typeof form.values) =>
      ok(
        api.PUT('/api/v1/settings/smtp', {
          body: { ...values, port: Number(values.port) || 0, password: password || undefined },
        }),
      ),
    onSuccess: (saved) => {
      client.setQueryData(['smtp'], saved);
      form.setFieldValue('password', '');
      toastDone(t('settings.saved'));
    },
    onError: toastError,
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <TextInput
            label={t('smtp.host')}
            description={t('smtp.hostHint')}
            placeholder="smtp.example.nl"
            {...form.getInputProps('host')}
          />
          <Group grow gap="sm" wrap="nowrap" align="flex-end">
            <NumberInput
              label={t('smtp.port')}
              min={1}
              max={65535}
              hideControls
              thousandSeparator=""
              {...form.getInputProps('port')}
            />
            <Select
              label={t('smtp.security')}
              data={(['starttls', 'tls', 'none'] as const).map((value) => ({
                value,
                label: t(`smtpSecurity.${value}`),
              }))}
              {...form.getInputProps('security')}
            />
          </Group>
          <TextInput label={t('smtp.user')} autoComplete="off" {...form.getInputProps('user')} />
          <PasswordInput
            label={t('fields.password')}
            autoComplete="new-password"
            placeholder={now.has_password ? t('smtp.keepPassword') : ''}
            {...form.getInputProps('password')}
          />
          <TextInput label={t('smtp.fromName')} {...form.getInputProps('from_name')} />
          <TextInput label={t('smtp.fromEmail')} type="email" {...form.getInputProps('from_email')} />
        </SimpleGrid>
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {t('actions.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function TestMail({ ready }: { ready: boolean }) {
  const { t } = useTranslation();
  const { me } = useSession();
  const [to, setTo] = useState(me.email);
  const test = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/settings/smtp/test', { body: { to } })),
  });
  return (
    <div className={classes.group} style={{ marginTop: 20 }}>
      <Title order={3}>{t('smtp.test')}</Title>
      <Text c="dimmed" mb="xs">
        {t('smtp.testLead')}
      </Text>
      <Group align="flex-end" gap="xs">
        <TextInput
          label={t('smtp.testTo')}
          type="email"
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          w={280}
        />
        <Button
          variant="default"
          disabled={!ready || !to}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          {t('smtp.send')}
        </Button>
      </Group>
      {test.isSuccess && (
        <Alert color="settled" mt="sm" role="status">
          {t('smtp.sent', { to })}
        </Alert>
      )}
      {test.error && (
        <Alert color="overdue" mt="sm" role="alert">
          {explain(test.error, t)}
        </Alert>
      )}
    </div>
  );
}
