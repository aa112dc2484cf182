import { Alert, Button, Group, SegmentedControl, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { DataGrid, type GridColumn, type LoadSorted } from '@/grid/DataGrid';
import { useMay } from '@/session/session';
import page from '@/ui/page.module.css';
import { Empty, Failed, Loading } from '@/ui/states';
import { toastDone, toastError } from '@/ui/toast';
import { useNarrow } from '@/ui/useNarrow';
import classes from './Outbox.module.css';

type Row = Schemas['MailRow'];
const states = ['all', 'queued', 'sent', 'kept', 'failed'] as const;
type Slice = (typeof states)[number];

const TONES: Record<Row['state'], 'overdue' | 'soon' | 'settled' | 'muted' | undefined> = {
  queued: undefined,
  deferred: 'soon',
  sent: 'settled',
  bounced: 'overdue',
  failed: 'overdue',
  canceled: 'muted',
  kept: 'soon',
};

export default function OutboxPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const narrow = useNarrow();
  const [slice, setSlice] = useState<Slice>('all');
  const [open, setOpen] = useState<string>();
  const load = useCallback<LoadSorted<Row>>(
    (cursor, limit, signal) =>
      ok(
        api.GET('/api/v1/mails', {
          params: {
            query: { state: slice === 'all' ? undefined : slice, limit, cursor: cursor || undefined },
          },
          signal,
        }),
      ),
    [slice],
  );
  const columns = useMemo<GridColumn<Row>[]>(
    () => [
      { id: 'at', title: t('outbox.at'), width: 160, text: (row) => format.instant(row.at) },
      { id: 'to', title: t('outbox.to'), width: 220, phone: true, text: (row) => row.to },
      {
        id: 'subject',
        title: t('outbox.subject'),
        width: 260,
        grow: true,
        phone: true,
        text: (row) => row.subject,
      },
      {
        id: 'state',
        title: t('fields.status'),
        width: 150,
        text: (row) => t(`mailState.${row.state}`),
        tone: (row) => TONES[row.state],
      },
    ],
    [t, format],
  );
  return (
    <div className={page.full}>
      <Title order={1}>{t('nav.outbox')}</Title>
      <div className={classes.columns} data-open={open || undefined}>
        {!(narrow && open) && (
          <DataGrid<Row>
            id="outbox"
            label={t('nav.outbox')}
            columns={columns}
            load={load}
            resetKey={slice}
            rowId={(row) => row.id}
            onOpen={(row) => setOpen(row.id)}
            selectable={false}
            toolbar={
              <SegmentedControl
                size="xs"
                value={slice}
                onChange={(value) => setSlice(value as Slice)}
                aria-label={t('grid.show')}
                data={states.map((value) => ({
                  value,
                  label: value === 'all' ? t('customers.all') : t(`mailState.${value}`),
                }))}
              />
            }
            empty={<Empty title={t('outbox.empty')} text={t('outbox.emptyText')} />}
          />
        )}
        {open && <MailView key={open} id={open} onClose={() => setOpen(undefined)} />}
      </div>
    </div>
  );
}

function MailView({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const may = useMay('links.create');
  const mail = useQuery({
    queryKey: ['mail', id],
    enabled: may,
    queryFn: () => ok(api.GET('/api/v1/mails/{mail}', { params: { path: { mail: id } } })),
  });
  const retry = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/mails/{mail}/retry', { params: { path: { mail: id } } })),
    onSuccess: (saved) => {
      client.setQueryData(['mail', id], saved);
      void client.invalidateQueries();
      toastDone(t('outbox.retried'));
    },
    onError: toastError,
  });
  if (!may) return <Empty title={t('errors.forbidden')} />;
  if (mail.isPending) return <Loading />;
  if (mail.isError) return <Failed error={mail.error} onRetry={() => void mail.refetch()} />;
  const m = mail.data;
  return (
    <article className={classes.mail} aria-label={m.subject}>
      <header>
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Title order={2}>{m.subject}</Title>
            <Text c="dimmed">
              {m.to} · {format.instant(m.at)} · {t(`mailState.${m.state}`)}
              {m.customer && (
                <>
                  {' · '}
                  <Link to="/customers/$customer" params={{ customer: m.customer.id }}>
                    {m.customer.name}
                  </Link>
                </>
              )}
            </Text>
          </div>
          <Group gap="xs" wrap="nowrap">
            {['failed', 'bounced', 'deferred', 'kept'].includes(m.state) && (
              <Button
                size="compact-sm"
                variant="default"
                loading={retry.isPending}
                onClick={() => retry.mutate()}
              >
                {t('outbox.retry')}
              </Button>
            )}
            <Button size="compact-sm" variant="subtle" onClick={onClose}>
              {t('actions.close')}
            </Button>
          </Group>
        </Group>
        {m.state === 'kept' && (
          <Alert color="ink" mt="xs">
            {t('outbox.keptText')}{' '}
            <Link to="/settings/$section" params={{ section: 'mail' }}>
              {t('settings.mail')}
            </Link>
          </Alert>
        )}
        {m.reason && (
          <Alert color="overdue" mt="xs">
            {m.reason}
          </Alert>
        )}
      </header>
      <pre className={classes.text}>{m.text}</pre>
    </article>
  );
}
