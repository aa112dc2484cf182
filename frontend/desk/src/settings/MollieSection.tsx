import { Alert, Button, Group, PasswordInput, Radio, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { explain } from '@/ui/explain';
import { Failed } from '@/ui/states';
import { toastDone } from '@/ui/toast';
import classes from './Settings.module.css';

export function MollieSection() {
  const { t } = useTranslation();
  const mollie = useQuery({ queryKey: ['mollie'], queryFn: () => ok(api.GET('/api/v1/settings/mollie')) });
  if (mollie.isError) return <Failed error={mollie.error} onRetry={() => void mollie.refetch()} />;
  if (!mollie.data) return null;
  return (
    <>
      <p className={classes.lead}>{t('mollie.lead')}</p>
      <MollieForm key={mollie.data.mode + mollie.data.key_end} now={mollie.data} />
    </>
  );
}

function MollieForm({ now }: { now: Schemas['MollieSettings'] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const first = now.mode === 'test' || now.mode === 'live' ? 'key' : now.mode;
  const [mode, setMode] = useState<Schemas['MollieInput']['mode']>(first);
  const [key, setKey] = useState('');
  const save = useMutation({
    mutationFn: () =>
      ok(api.PUT('/api/v1/settings/mollie', { body: { mode, key: key.trim() || undefined } })),
    onSuccess: (saved) => {
      client.setQueryData(['mollie'], saved);
      toastDone(t('settings.saved'));
    },
  });
  const wrong = key.trim() !== '' && !/^(live|test)_[A-Za-z0-9]{10,}$/.test(key.trim());
  return (
    <Stack gap="md">
      <Alert color={now.mode === 'live' ? 'settled' : now.mode === 'off' ? 'yellow' : 'ink'} role="status">
        {t(`mollie.now.${now.mode}`, { end: now.key_end })}
      </Alert>
      <Radio.Group value={mode} onChange={(value) => setMode(value as typeof mode)} label={t('mollie.how')}>
        <Stack gap={8} mt={6}>
          <Radio value="key" label={t('mollie.key')} description={t('mollie.keyHint')} />
          <Radio value="simulator" label={t('mollie.simulator')} description={t('mollie.simulatorHint')} />
          <Radio value="off" label={t('mollie.off')} description={t('mollie.offHint')} />
        </Stack>
      </Radio.Group>
      {mode === 'key' && (
        <PasswordInput
          label={t('mollie.apiKey')}
          description={now.has_key ? t('mollie.keep', { end: now.key_end }) : t('mollie.where')}
          autoComplete="off"
          value={key}
          error={wrong ? t('mollie.wrong') : undefined}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
      )}
      {save.error && (
        <Alert color="overdue" role="alert">
          {explain(save.error, t)}
        </Alert>
      )}
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {now.api_url}
        </Text>
        <Button
          loading={save.isPending}
          disabled={wrong || (mode === 'key' && !now.has_key && !key.trim())}
          onClick={() => save.mutate()}
        >
          {mode === 'key' ? t('mollie.tryAndSave') : t('actions.save')}
        </Button>
      </Group>
    </Stack>
  );
}
