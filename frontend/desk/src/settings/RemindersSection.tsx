import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { strategyName } from '@/reminders/words';
import { uiClasses } from '@/ui/marks';
import { Failed, Loading } from '@/ui/states';
import { toastDone, toastError } from '@/ui/toast';
import { RatesTable } from './RatesTable';
import classes from './Settings.module.css';

type Settings = Schemas['ReminderSettings'];
type Strategy = Schemas['Strategy'];

/** RemindersSection is how the firm reminds: when, by which ladder, and which late charges it proposes. */
export function RemindersSection() {
  const { t } = useTranslation();
  const settings = useQuery({
    queryKey: ['reminders', 'settings'],
    queryFn: () => ok(api.GET('/api/v1/settings/reminders')),
  });
  const strategies = useQuery({
    queryKey: ['reminders', 'strategies'],
    queryFn: () => ok(api.GET('/api/v1/settings/strategies')),
  });
  if (settings.isError) return <Failed error={settings.error} />;
  if (!settings.data || !strategies.data) return <Loading />;
  return (
    <>
      <p className={classes.lead}>{t('reminders.settingsLead')}</p>
      <Rules settings={settings.data} strategies={strategies.data.items} />
      <Ladders strategies={strategies.data.items} />
      <RatesTable />
    </>
  );
}

const CHARGES = ['interest', 'fixed', 'costs', 'clause'] as const;

function Rules({ settings, strategies }: { settings: Settings; strategies: Strategy[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [draft, setDraft] = useState(settings);
  const set = (patch: Partial<Settings>) => setDraft((before) => ({ ...before, ...patch }));
  const save = useMutation({
    mutationFn: () => ok(api.PUT('/api/v1/settings/reminders', { body: draft })),
    onSuccess: (data) => {
      client.setQueryData(['reminders', 'settings'], data);
      void client.invalidateQueries({ queryKey: ['reminders', 'charges'] });
      toastDone(t('settings.saved'));
    },
    onError: toastError,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="sm">
        <Group className={classes.fields}>
          <Select
            label={t('reminders.firmLadder')}
            allowDeselect={false}
            value={draft.strategy || 'default'}
            onChange={(value) => set({ strategy: value ?? '' })}
            data={strategies.map((s) => ({ value: s.id, label: strategyName(t, s) }))}
          />
          <NumberInput
            label={t('reminders.fromHour')}
            w={110}
            min={0}
            max={23}
            value={draft.from_hour}
            onChange={(value) => set({ from_hour: Number(value) })}
          />
          <NumberInput
            label={t('reminders.toHour')}
            w={110}
            min={1}
            max={24}
            value={draft.to_hour}
            onChange={(value) => set({ to_hour: Number(value) })}
          />
        </Group>
        <Switch
          label={t('reminders.daily')}
          checked={draft.daily}
          onChange={(event) => set({ daily: event.currentTarget.checked })}
        />
        <Switch
          label={t('reminders.segments')}
          checked={draft.segments}
          onChange={(event) => set({ segments: event.currentTarget.checked })}
        />
        <Switch
          label={t('reminders.termAgreed')}
          checked={draft.term_agreed}
          onChange={(event) => set({ term_agreed: event.currentTarget.checked })}
        />
        <Switch
          label={t('reminders.costVat')}
          checked={draft.cost_vat}
          onChange={(event) => set({ cost_vat: event.currentTarget.checked })}
        />
        <Title order={3} mt="sm">
          {t('reminders.view.charges')}
        </Title>
        <Text c="dimmed" size="sm">
          {t('reminders.chargesLead')}
        </Text>
        {CHARGES.map((name) => (
          <Switch
            key={name}
            label={t(`reminders.rule.${name}`)}
            checked={draft[name]}
            onChange={(event) => set({ [name]: event.currentTarget.checked })}
          />
        ))}
        <TextInput
          label={t('reminders.series')}
          w={200}
          maxLength={20}
          placeholder="R"
          value={draft.series}
          onChange={(event) => set({ series: event.currentTarget.value })}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {t('actions.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const CHANNELS = ['email', 'letter', 'call', 'handover'] as const;
const TONES = ['heads_up', 'friendly', 'neutral', 'formal', 'final'] as const;

/** Ladders shows one strategy at a time as a table that can be changed. */
function Ladders({ strategies }: { strategies: Strategy[] }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState('default');
  const strategy = strategies.find((s) => s.id === shown) ?? strategies[0];
  if (!strategy) return null;
  return (
    <div className={classes.group} style={{ marginTop: 20 }}>
      <Group justify="space-between" mb="xs">
        <Title order={3}>{t('reminders.ladders')}</Title>
        <Select
          aria-label={t('reminders.ladder')}
          size="xs"
          allowDeselect={false}
          value={strategy.id}
          onChange={(value) => value && setShown(value)}
          data={strategies.map((s) => ({ value: s.id, label: strategyName(t, s) }))}
        />
      </Group>
      <Ladder key={`${strategy.id}${strategy.version}`} strategy={strategy} />
    </div>
  );
}

function Ladder({ strategy }: { strategy: Strategy }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [draft, setDraft] = useState(strategy);
  const [removed, setRemoved] = useState(0); // a new rung must not get the name of one that was there
  const setStep = (at: number, patch: Partial<Schemas['LadderStep']>) =>
    setDraft((before) => ({
      ...before,
      steps: before.steps.map((step, i) => (i === at ? { ...step, ...patch } : step)),
    }));
  const save = useMutation({
    mutationFn: () => {
      const { version: _, ...body } = draft;
      return ok(
        api.PUT('/api/v1/settings/strategies/{strategy}', { params: { path: { strategy: draft.id } }, body }),
      );
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['reminders'] });
      toastDone(t('settings.saved'));
    },
    onError: toastError,
  });
  const nameOf = (id: string) => t(`reminders.step.${id as 'formal'}`, { defaultValue: id });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <div className={uiClasses.tableFrame}>
        <table className={uiClasses.table}>
          <thead>
            <tr>
              <th scope="col">{t('reminders.what')}</th>
              <th scope="col">{t('reminders.day')}</th>
              <th scope="col">{t('reminders.by')}</th>
              <th scope="col">{t('reminders.tone')}</th>
              <th scope="col">{t('reminders.always')}</th>
              <th scope="col" />
            </tr>
          </thead>
          <tbody>
            {draft.steps.map((step, at) => (
              <tr key={step.id}>
                <td>{nameOf(step.id)}</td>
                <td>
                  <NumberInput
                    aria-label={`${nameOf(step.id)}: ${t('reminders.day')}`}
                    size="xs"
                    w={80}
                    min={-60}
                    max={400}
                    value={step.day}
                    onChange={(value) => setStep(at, { day: Number(value) })}
                  />
                </td>
                <td>
                  <Select
                    aria-label={`${nameOf(step.id)}: ${t('reminders.by')}`}
                    size="xs"
                    w={140}
                    allowDeselect={false}
                    value={step.channel}
                    onChange={(value) =>
                      value && setStep(at, { channel: value as (typeof CHANNELS)[number] })
                    }
                    data={CHANNELS.map((value) => ({ value, label: t(`reminders.channel.${value}`) }))}
                  />
                </td>
                <td>
                  <Select
                    aria-label={`${nameOf(step.id)}: ${t('reminders.tone')}`}
                    size="xs"
                    w={160}
                    allowDeselect={false}
                    value={step.tone}
                    onChange={(value) => value && setStep(at, { tone: value as (typeof TONES)[number] })}
                    data={TONES.map((value) => ({ value, label: t(`reminders.toneName.${value}`) }))}
                  />
                </td>
                <td>
                  <Checkbox
                    aria-label={`${nameOf(step.id)}: ${t('reminders.always')}`}
                    checked={step.approval}
                    onChange={(event) => setStep(at, { approval: event.currentTarget.checked })}
                  />
                </td>
                <td>
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    color="ink"
                    disabled={draft.steps.length === 1}
                    onClick={() => {
                      setRemoved((n) => n + 1);
                      setDraft((before) => ({
                        ...before,
                        steps: before.steps.filter((x) => x.id !== step.id),
                      }));
                    }}
                  >
                    {t('reminders.removeStep')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Group mt="sm" className={classes.fields}>
        <NumberInput
          label={t('reminders.grace')}
          w={150}
          min={0}
          max={30}
          value={draft.grace_days}
          onChange={(value) => setDraft({ ...draft, grace_days: Number(value) })}
        />
        <NumberInput
          label={t('reminders.gap')}
          w={190}
          min={7}
          max={60}
          value={draft.min_gap}
          onChange={(value) => setDraft({ ...draft, min_gap: Number(value) })}
        />
        <Button
          variant="default"
          onClick={() =>
            setDraft((before) => ({
              ...before,
              steps: [
                ...before.steps,
                {
                  id: `extra_${before.steps.length + removed + 1}`,
                  day: Math.max(...before.steps.map((step) => step.day)) + 7,
                  channel: 'email',
                  tone: 'neutral',
                  above: '0',
                  approval: false,
                },
              ],
            }))
          }
        >
          {t('reminders.addStep')}
        </Button>
      </Group>
      <Group justify="space-between" mt="sm">
        <Switch
          label={t('reminders.automatic')}
          disabled={draft.human_only}
          checked={draft.automatic && !draft.human_only}
          onChange={(event) => setDraft({ ...draft, automatic: event.currentTarget.checked })}
        />
        <Button type="submit" loading={save.isPending}>
          {t('reminders.saveLadder')}
        </Button>
      </Group>
    </form>
  );
}
