import { Alert, Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { useSession } from '@/session/session';
import { explain } from '@/ui/explain';
import { toastDone } from '@/ui/toast';
import classes from './Settings.module.css';

export function AccountSection() {
  const { t } = useTranslation();
  const { me } = useSession();
  const form = useForm({
    initialValues: { current: '', new: '', again: '' },
    validate: {
      new: (value) => (value.length >= 10 ? null : t('fields.passwordShort')),
      again: (value, values) => (value === values.new ? null : t('fields.passwordDiffers')),
    },
  });
  const change = useMutation({
    mutationFn: (values: typeof form.values) =>
      ok(api.POST('/api/v1/auth/password', { body: { current: values.current, new: values.new } })),
    onSuccess: () => {
      form.reset();
      toastDone(t('account.changed'));
    },
  });
  return (
    <>
      <p className={classes.lead}>
        {me.name} · {me.email} · {t(`role.${me.role}`)}
      </p>
      {me.local ? (
        <Text>{t('account.local')}</Text>
      ) : (
        <form onSubmit={form.onSubmit((values) => change.mutate(values))}>
          <Stack gap="sm" maw={360}>
            <PasswordInput
              label={t('account.current')}
              autoComplete="current-password"
              {...form.getInputProps('current')}
            />
            <PasswordInput
              label={t('account.new')}
              description={t('fields.passwordHint')}
              autoComplete="new-password"
              {...form.getInputProps('new')}
            />
            <PasswordInput
              label={t('account.again')}
              autoComplete="new-password"
              {...form.getInputProps('again')}
            />
            {change.error && (
              <Alert color="overdue" role="alert">
                {explain(change.error, t)}
              </Alert>
            )}
            <Group justify="flex-end">
              <Button type="submit" loading={change.isPending}>
                {t('account.change')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </>
  );
}
