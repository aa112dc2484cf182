import { Button, Group, NumberInput, Stack, Switch, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { Failed } from '@/ui/states';
import { toastDone, toastError } from '@/ui/toast';
import classes from './Settings.module.css';

/** NoticesGroup switches the notices that customers get by themselves. */
export function NoticesGroup() {
  const { t } = useTranslation();
  const now = useQuery({ queryKey: ['notices'], queryFn: () => ok(api.GET('/api/v1/settings/notices')) });
  return (
    <div className={classes.group} style={{ marginTop: 20 }}>
      <Title order={3}>{t('notices.title')}</Title>
      <Text c="dimmed" mb="xs">
        {t('notices.lead')}
      </Text>
      {now.isError && <Failed error={now.error} onRetry={() => void now.refetch()} />}
      {now.data && <NoticesForm now={now.data} />}
    </div>
  );
}

function NoticesForm({ now }: { now: Schemas['NoticeSettings'] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm({
    initialValues: { invoices: now.invoices, due_soon: now.due_soon, due_days: now.due_days },
  });
  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      ok(
        api.PUT('/api/v1/settings/notices', {
          body: { ...values, due_days: Number(values.due_days) || now.due_days },
        }),
      ),
    onSuccess: (saved) => {
      client.setQueryData(['notices'], saved);
      toastDone(t('settings.saved'));
    },
    onError: toastError,
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <Switch
          label={t('notices.invoices')}
          description={
            now.since ? t('notices.invoicesSince', { date: now.since }) : t('notices.invoicesHint')
          }
          {...form.getInputProps('invoices', { type: 'checkbox' })}
        />
        <Switch
          label={t('notices.dueSoon')}
          description={t('notices.dueSoonHint')}
          {...form.getInputProps('due_soon', { type: 'checkbox' })}
        />
        <NumberInput
          label={t('notices.dueDays')}
          min={1}
          max={30}
          allowDecimal={false}
          w={200}
          disabled={!form.values.due_soon}
          {...form.getInputProps('due_days')}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {t('notices.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
