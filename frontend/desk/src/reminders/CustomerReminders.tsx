import { Button, Checkbox, Group, Modal, Select, Stack, Text, Textarea, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { useMay } from '@/session/session';
import { DateField } from '@/ui/DateField';
import { toastDone, toastError } from '@/ui/toast';
import { reasonText, stepName, strategyName } from './words';

/** CustomerReminders is the customer's ladder, what people decided, and what went out. */
export function CustomerReminders({ customer }: { customer: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const may = useMay('reminders.write');
  const [pausing, setPausing] = useState(false);
  const params = { path: { customer } };
  const key = ['reminders', 'customer', customer];
  const state = useQuery({
    queryKey: key,
    queryFn: () => ok(api.GET('/api/v1/customers/{customer}/reminders', { params })),
  });
  const strategies = useQuery({
    queryKey: ['reminders', 'strategies'],
    queryFn: () => ok(api.GET('/api/v1/settings/strategies')),
  });
  const done = (data: Schemas['CustomerReminders']) => {
    client.setQueryData(key, data);
    void client.invalidateQueries({ queryKey: ['reminders', 'today'] });
    toastDone(t('settings.saved'));
  };
  const save = useMutation({
    mutationFn: (body: Schemas['CustomerRemindersInput']) =>
      ok(api.PUT('/api/v1/customers/{customer}/reminders', { params, body })),
    onSuccess: done,
    onError: toastError,
  });
  const resume = useMutation({
    mutationFn: (invoice: string) =>
      ok(
        api.POST('/api/v1/customers/{customer}/reminders/resume', {
          params,
          body: { invoice: invoice || undefined },
        }),
      ),
    onSuccess: done,
    onError: toastError,
  });
  if (!state.data || !strategies.data) return null;
  const { strategy, legal, insolvent, pauses, history } = state.data;
  const change = (patch: Partial<Schemas['CustomerRemindersInput']>) =>
    save.mutate({ strategy, legal, insolvent, ...patch });
  return (
    <section aria-labelledby="reminders">
      <Group justify="space-between" mb={4}>
        <Title order={2} id="reminders">
          {t('nav.reminders')}
        </Title>
        {may && (
          <Button size="compact-sm" variant="subtle" onClick={() => setPausing(true)}>
            {t('reminders.pause')}
          </Button>
        )}
      </Group>
      <Stack gap={6}>
        <Select
          label={t('reminders.ladder')}
          size="xs"
          disabled={!may}
          allowDeselect={false}
          value={strategy}
          onChange={(value) => change({ strategy: value ?? '' })}
          data={[
            { value: '', label: t('reminders.asFirm') },
            ...strategies.data.items.map((s) => ({ value: s.id, label: strategyName(t, s) })),
          ]}
        />
        <Group gap="md">
          <Checkbox
            size="xs"
            disabled={!may}
            label={t('reminders.legal')}
            checked={legal}
            onChange={(event) => change({ legal: event.currentTarget.checked })}
          />
          <Checkbox
            size="xs"
            disabled={!may}
            label={t('reminders.insolvent')}
            checked={insolvent}
            onChange={(event) => change({ insolvent: event.currentTarget.checked })}
          />
        </Group>
        {pauses.map((pause) => (
          <Group key={pause.invoice} justify="space-between" wrap="nowrap">
            <Text size="sm">
              {pause.number || t('reminders.whole')} · {pause.note}
              {pause.until && ` · ${t('reminders.until', { date: format.short(pause.until) })}`}
              {pause.by && ` · ${pause.by}`}
            </Text>
            {may && (
              <Button size="compact-xs" variant="subtle" onClick={() => resume.mutate(pause.invoice)}>
                {t('reminders.resume')}
              </Button>
            )}
          </Group>
        ))}
        {history.slice(0, 8).map((row) => (
          <Text key={row.id} size="sm">
            {format.short(row.sent_on || row.day)} · {stepName(t, row.step)} ·{' '}
            {t(`reminders.state.${row.state}`)}
            {row.reasons.length > 0 && (
              <Text span c="dimmed">
                {' '}
                {row.reasons.map((reason) => reasonText(t, format.short, reason)).join('; ')}
              </Text>
            )}
          </Text>
        ))}
      </Stack>
      {pausing && <PauseForm customer={customer} onClose={() => setPausing(false)} onDone={done} />}
    </section>
  );
}

function PauseForm({
  customer,
  onClose,
  onDone,
}: {
  customer: string;
  onClose: () => void;
  onDone: (data: Schemas['CustomerReminders']) => void;
}) {
  const { t } = useTranslation();
  const [note, setNote] = useState('');
  const [until, setUntil] = useState('');
  const save = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/customers/{customer}/reminders/pause', {
          params: { path: { customer } },
          body: { note, until: until || undefined },
        }),
      ),
    onSuccess: (data) => {
      onDone(data);
      onClose();
    },
    onError: toastError,
  });
  return (
    <Modal opened onClose={onClose} title={t('reminders.pauseTitle')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="sm">
          <DateField label={t('reminders.pauseUntil')} value={until} onChange={setUntil} clearable />
          <Textarea
            label={t('reminders.because')}
            required
            maxLength={1000}
            autosize
            minRows={2}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending} disabled={!note.trim()}>
              {t('reminders.pause')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
