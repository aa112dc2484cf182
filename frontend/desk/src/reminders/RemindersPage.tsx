// Reminders: what waits for a person today, what a run would add, who is left out and why; what went out before; and
// late charges as proposals.

import { Alert, Button, Group, SegmentedControl, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { useMay } from '@/session/session';
import { uiClasses } from '@/ui/marks';
import page from '@/ui/page.module.css';
import { Empty, Failed, Loading } from '@/ui/states';
import { toastDone, toastError } from '@/ui/toast';
import { Charges } from './Charges';
import { History } from './History';
import { ReminderTable } from './ReminderTable';
import { reasonText } from './words';

const VIEWS = ['today', 'history', 'charges'] as const;
type View = (typeof VIEWS)[number];

export default function RemindersPage() {
  const { t } = useTranslation();
  const [view, setView] = useState<View>('today');
  return (
    <div className={page.scroll}>
      <Group justify="space-between" mb="md">
        <Title order={1}>{t('nav.reminders')}</Title>
        <SegmentedControl
          size="xs"
          value={view}
          onChange={(value) => setView(value as View)}
          aria-label={t('grid.show')}
          data={VIEWS.map((value) => ({ value, label: t(`reminders.view.${value}`) }))}
        />
      </Group>
      {view === 'today' && <Day />}
      {view === 'history' && <History />}
      {view === 'charges' && <Charges />}
    </div>
  );
}

const KEY = ['reminders', 'today'];

function Day() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const may = useMay('reminders.write');
  const day = useQuery({ queryKey: KEY, queryFn: () => ok(api.GET('/api/v1/reminders/today')) });
  const take = (data: Schemas['ReminderDay']) => client.setQueryData(KEY, data);
  const run = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/reminders/run')),
    onSuccess: take,
    onError: toastError,
  });
  const approve = useMutation({
    mutationFn: (ids: string[]) => ok(api.POST('/api/v1/reminders/approve', { body: { ids } })),
    onSuccess: (data, ids) => {
      take(data);
      toastDone(t('reminders.approved', { count: ids.length }));
    },
    onError: toastError,
  });
  if (day.isPending) return <Loading />;
  if (day.isError) return <Failed error={day.error} onRetry={() => void day.refetch()} />;
  const { open, preview, left, stale } = day.data;
  const planned = open.filter((step) => step.state === 'planned').map((step) => step.id);
  return (
    <>
      {stale.length > 0 && (
        <Alert color="yellow" mb="md" title={t('reminders.staleTitle')}>
          {t('reminders.staleText')}{' '}
          <Link to="/settings/$section" params={{ section: 'reminders' }}>
            {t('settings.reminders')}
          </Link>
        </Alert>
      )}
      <section aria-labelledby="waiting">
        <Group justify="space-between" mb="xs">
          <Title order={2} id="waiting">
            {t('reminders.waiting', { count: open.length })}
          </Title>
          {may && planned.length > 0 && (
            <Button loading={approve.isPending} onClick={() => approve.mutate(planned)}>
              {t('reminders.approveAll', { count: planned.length })}
            </Button>
          )}
        </Group>
        {open.length === 0 ? (
          <Text c="dimmed">{t('reminders.nothingWaits')}</Text>
        ) : (
          <ReminderTable rows={open} onApprove={may ? (id) => approve.mutate([id]) : undefined} />
        )}
      </section>
      <section aria-labelledby="preview">
        <Group justify="space-between" mt="xl" mb="xs">
          <Title order={2} id="preview">
            {t('reminders.preview', { count: preview.length })}
          </Title>
          {may && preview.length > 0 && (
            <Button
              variant={planned.length > 0 ? 'default' : 'filled'}
              loading={run.isPending}
              onClick={() => run.mutate()}
            >
              {t('reminders.plan', { count: preview.length })}
            </Button>
          )}
        </Group>
        {preview.length === 0 ? (
          <Text c="dimmed">{t('reminders.nothingDue')}</Text>
        ) : (
          <ReminderTable rows={preview} />
        )}
      </section>
      <section aria-labelledby="left">
        <Title order={2} id="left" mt="xl" mb="xs">
          {t('reminders.left', { count: left.length })}
        </Title>
        {left.length === 0 ? (
          <Empty title={t('reminders.nobodyLeft')} />
        ) : (
          <div className={uiClasses.tableFrame}>
            <table className={uiClasses.table}>
              <thead>
                <tr>
                  <th scope="col">{t('fields.customer')}</th>
                  <th scope="col" className="num">
                    {t('balance.overdue')}
                  </th>
                  <th scope="col">{t('reminders.why')}</th>
                </tr>
              </thead>
              <tbody>
                {left.map((row) => (
                  <tr key={row.customer.id}>
                    <td>
                      <Link to="/customers/$customer" params={{ customer: row.customer.id }}>
                        {row.customer.name}
                      </Link>
                    </td>
                    <td className="num">{format.money(row.overdue.amount, row.overdue.currency)}</td>
                    <td>{row.reasons.map((reason) => reasonText(t, format.short, reason)).join('; ')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </>
  );
}
