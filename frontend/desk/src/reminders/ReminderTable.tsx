import { Button, Group, Modal, Select, Stack, Text, Textarea, VisuallyHidden } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCheck,
  IconCircle,
  IconClock,
  IconMail,
  IconPhone,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { useMay } from '@/session/session';
import { DateField } from '@/ui/DateField';
import { State, type Tone, uiClasses } from '@/ui/marks';
import { toastError } from '@/ui/toast';
import { reasonText, stepName } from './words';

type Reminder = Schemas['Reminder'];
const icon = { size: 15, stroke: 1.8, 'aria-hidden': true } as const;

const MARKS: Record<Reminder['state'], { tone: Tone; icon: ReactNode }> = {
  planned: { tone: 'soon', icon: <IconCircle {...icon} /> },
  held: { tone: 'muted', icon: <IconClock {...icon} /> },
  approved: { tone: 'info', icon: <IconCheck {...icon} /> },
  sending: { tone: 'info', icon: <IconMail {...icon} /> },
  todo: { tone: 'soon', icon: <IconPhone {...icon} /> },
  sent: { tone: 'settled', icon: <IconCheck {...icon} /> },
  failed: { tone: 'overdue', icon: <IconAlertTriangle {...icon} /> },
  dropped: { tone: 'muted', icon: <IconCircle {...icon} /> },
  skipped: { tone: 'muted', icon: <IconCircle {...icon} /> },
};

/** ReminderTable lists reminders of any state; what can be done with one stands at its end. */
export function ReminderTable({ rows, onApprove }: { rows: Reminder[]; onApprove?: (id: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const may = useMay('reminders.write');
  const [asking, setAsking] = useState<{ row: Reminder; what: 'hold' | 'skip' | 'done' }>();
  return (
    <div className={uiClasses.tableFrame}>
      <table className={uiClasses.table}>
        <thead>
          <tr>
            <th scope="col">{t('fields.customer')}</th>
            <th scope="col">{t('reminders.what')}</th>
            <th scope="col">{t('nav.invoices')}</th>
            <th scope="col" className="num">
              {t('fields.amount')}
            </th>
            <th scope="col">{t('fields.status')}</th>
            <th scope="col">
              <VisuallyHidden>{t('reminders.actions')}</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id || row.customer.id}>
              <td>
                <Link to="/customers/$customer" params={{ customer: row.customer.id }}>
                  {row.customer.name}
                </Link>
                {row.channel === 'email' && row.to && (
                  <Text size="xs" c="dimmed">
                    {row.to}
                  </Text>
                )}
              </td>
              <td>
                {stepName(t, row.step)}
                <Text size="xs" c="dimmed">
                  {t(`reminders.channel.${row.channel}`)}
                  {row.law && ` · ${t(`reminders.law.${row.law as 'business'}`)}`}
                  {row.cost && ` · ${t('reminders.cost', { amount: format.money(row.cost, 'EUR') })}`}
                </Text>
              </td>
              <td>
                {row.lines.map((line) => (
                  <div key={line.invoice} style={{ whiteSpace: 'nowrap' }}>
                    <Link to="/invoices/$invoice" params={{ invoice: line.invoice }}>
                      {line.number}
                    </Link>{' '}
                    <Text span size="xs" c="dimmed">
                      {t('reminders.due', { date: format.short(line.due) })}
                      {line.step !== row.step && ` · ${stepName(t, line.step)}`}
                    </Text>
                  </div>
                ))}
              </td>
              <td className="num">{format.money(row.total.amount, row.total.currency)}</td>
              <td>
                {row.id && (
                  <State tone={MARKS[row.state].tone} icon={MARKS[row.state].icon}>
                    {t(`reminders.state.${row.state}`)}
                  </State>
                )}
                <Text size="xs" c="dimmed">
                  {[
                    row.sent_on && format.short(row.sent_on),
                    row.by,
                    row.note,
                    row.until && t('reminders.until', { date: format.short(row.until) }),
                    ...row.reasons.map((reason) => reasonText(t, format.short, reason)),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </Text>
              </td>
              <td>
                {may && row.id && (
                  <Group gap={4} wrap="nowrap" justify="flex-end">
                    {onApprove && (row.state === 'planned' || row.state === 'held') && (
                      <Button size="compact-sm" variant="default" onClick={() => onApprove(row.id)}>
                        {t('reminders.approve')}
                      </Button>
                    )}
                    {row.state === 'todo' && (
                      <Button size="compact-sm" onClick={() => setAsking({ row, what: 'done' })}>
                        {t('reminders.done')}
                      </Button>
                    )}
                    {['planned', 'approved', 'held'].includes(row.state) && (
                      <Button
                        size="compact-sm"
                        variant="subtle"
                        onClick={() => setAsking({ row, what: 'hold' })}
                      >
                        {t('reminders.hold')}
                      </Button>
                    )}
                    {['planned', 'approved', 'held', 'todo'].includes(row.state) && (
                      <Button
                        size="compact-sm"
                        variant="subtle"
                        onClick={() => setAsking({ row, what: 'skip' })}
                      >
                        {t('reminders.skip')}
                      </Button>
                    )}
                  </Group>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {asking && <Ask row={asking.row} what={asking.what} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

const OUTCOMES = ['spoke', 'promise', 'dispute', 'paid', 'no_answer', 'wrong_contact', 'done'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** Ask wants the reason of a hold or skip, or how a call went. */
function Ask({ row, what, onClose }: { row: Reminder; what: 'hold' | 'skip' | 'done'; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [note, setNote] = useState('');
  const [until, setUntil] = useState('');
  const [outcome, setOutcome] = useState<Outcome>(row.channel === 'call' ? 'spoke' : 'done');
  const save = useMutation({
    mutationFn: () => {
      const params = { path: { reminder: row.id } };
      if (what === 'hold')
        return ok(
          api.POST('/api/v1/reminders/{reminder}/hold', {
            params,
            body: { note, until: until || undefined },
          }),
        );
      if (what === 'skip')
        return ok(api.POST('/api/v1/reminders/{reminder}/skip', { params, body: { note } }));
      return ok(api.POST('/api/v1/reminders/{reminder}/done', { params, body: { outcome, note } }));
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['reminders'] });
      onClose();
    },
    onError: toastError,
  });
  return (
    <Modal opened onClose={onClose} title={t(`reminders.ask.${what}`, { name: row.customer.name })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="sm">
          {what === 'done' && (
            <Select
              label={t('reminders.how')}
              allowDeselect={false}
              value={outcome}
              onChange={(value) => value && setOutcome(value as Outcome)}
              data={OUTCOMES.map((value) => ({ value, label: t(`reminders.outcome.${value}`) }))}
            />
          )}
          {what === 'hold' && (
            <DateField label={t('reminders.holdUntil')} value={until} onChange={setUntil} clearable />
          )}
          <Textarea
            label={t(what === 'done' ? 'fields.note' : 'reminders.because')}
            required={what !== 'done'}
            maxLength={1000}
            autosize
            minRows={2}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending} disabled={what !== 'done' && !note.trim()}>
              {t(what === 'done' ? 'actions.save' : `reminders.${what}`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
