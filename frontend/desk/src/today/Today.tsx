// Home: what is to be done today, how much is open and how old it is, and what customers are doing.

import { Button, Text, Title } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCashPlus,
  IconChecklist,
  IconFileImport,
  IconMessage,
  IconMessageQuestion,
  IconPhone,
  IconZoomQuestion,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { useKeys } from '@/keys/keys';
import { useMay } from '@/session/session';
import { ButtonLink } from '@/ui/links';
import { Figure, uiClasses } from '@/ui/marks';
import { Empty, Failed, Loading } from '@/ui/states';
import { toastError, toastUndo } from '@/ui/toast';
import { Aging } from './Aging';
import { EventLine } from './EventLine';
import classes from './Today.module.css';

type WorkItem = Schemas['WorkItem'];

export default function Today() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const mayImport = useMay('imports.write');
  const home = useQuery({ queryKey: ['home'], queryFn: () => ok(api.GET('/api/v1/home')) });

  useKeys([
    { keys: 'i', label: t('commands.import'), group: 'page', run: () => void navigate({ to: '/imports' }) },
    {
      keys: 'n',
      label: t('commands.record'),
      group: 'page',
      run: () => void navigate({ to: '/payments', search: { show: 'record' } }),
    },
  ]);

  if (home.isPending) return <Loading />;
  if (home.isError) return <Failed error={home.error} onRetry={() => void home.refetch()} />;
  const { currencies, latest, worklist, customers } = home.data;

  if (customers === 0) {
    return (
      <Empty title={t('today.emptyTitle')} text={t('today.emptyText')}>
        {mayImport && (
          <ButtonLink to="/imports" leftSection={<IconFileImport size={18} stroke={1.6} />}>
            {t('commands.import')}
          </ButtonLink>
        )}
      </Empty>
    );
  }

  return (
    <div className={uiClasses.page}>
      <div className={uiClasses.header}>
        <div className={uiClasses.headerText}>
          <Title order={1}>{t('nav.today')}</Title>
          <Text c="dimmed">{format.full(home.data.as_of)}</Text>
        </div>
      </div>
      {currencies.map((currency) => (
        <section
          key={currency.currency}
          className={classes.money}
          aria-label={t('today.standing', { currency: currency.currency })}
        >
          <div className={classes.standing}>
            <Figure label={t('balance.open')} amount={currency.open} currency={currency.currency} />
            <Figure
              label={t('balance.overdue')}
              amount={currency.overdue}
              currency={currency.currency}
              tone={Number(currency.overdue) > 0 ? 'overdue' : undefined}
            />
            <Figure
              label={t('balance.credit')}
              amount={currency.credit}
              currency={currency.currency}
              tone={Number(currency.credit) > 0 ? 'settled' : undefined}
            />
            <Figure label={t('balance.net')} amount={currency.net} currency={currency.currency} />
          </div>
          <Aging currency={currency.currency} buckets={currency.buckets} bounds={home.data.bounds} />
        </section>
      ))}
      <div className={classes.columns}>
        <section className={uiClasses.card} aria-labelledby="work">
          <div className={uiClasses.cardHead}>
            <Title order={2} id="work">
              {t('today.work')}
            </Title>
          </div>
          {worklist.length === 0 ? (
            <Empty title={t('today.doneTitle')} text={t('today.doneText')} />
          ) : (
            <ol className={classes.work}>
              {worklist.map((item) => (
                <WorkLine
                  key={`${item.kind} ${item.customer?.id ?? ''}${item.payment ?? ''}${item.attempt ?? ''}${item.request ?? ''}${item.thread ?? ''}${item.task ?? ''}`}
                  item={item}
                />
              ))}
            </ol>
          )}
        </section>
        <section className={uiClasses.card} aria-labelledby="latest">
          <div className={uiClasses.cardHead}>
            <Title order={2} id="latest">
              {t('today.latest')}
            </Title>
          </div>
          <div className={classes.latest} aria-live="polite">
            {latest.length === 0 ? (
              <Text c="dimmed">{t('today.quiet')}</Text>
            ) : (
              latest.map((event) => <EventLine key={event.seq} event={event} />)
            )}
          </div>
        </section>
      </div>
    </div>
  );
}

function WorkLine({ item }: { item: WorkItem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const icon = { size: 18, stroke: 1.6, 'aria-hidden': true } as const;
  const icons: Record<WorkItem['kind'], ReactNode> = {
    call: <IconPhone {...icon} />,
    identify: <IconZoomQuestion {...icon} />,
    allocate: <IconCashPlus {...icon} />,
    attempt: <IconAlertTriangle {...icon} />,
    request: <IconMessageQuestion {...icon} />,
    message: <IconMessage {...icon} />,
    task: <IconChecklist {...icon} />,
  };
  const money = item.amount ? format.money(item.amount.amount, item.amount.currency) : '';
  const detail = {
    call: t('work.callDetail', { count: item.count, days: t('late.days', { count: item.days }) }),
    identify: item.detail || t('work.identifyDetail'),
    allocate: t('work.allocateDetail'),
    attempt: item.detail || t('work.attemptDetail'),
    request: t(`requests.kinds.${(item.detail ?? 'question') as Schemas['Request']['kind']}`),
    message: t('requests.unread', { count: item.count }),
    task: `${t(`requests.tasks.${(item.detail ?? 'check') as Schemas['TaskView']['kind']}`)} · ${t(`requests.causes.${(item.cause ?? 'person') as Schemas['TaskView']['cause']}`)}`,
  }[item.kind];
  return (
    <li>
      <span className={classes.workIcon} data-kind={item.kind}>
        {icons[item.kind]}
      </span>
      <span className={classes.workText}>
        <Text span fw={560}>
          {t(`work.${item.kind}`, { name: item.customer?.name ?? '' })}
        </Text>
        <Text span size="xs" c="dimmed">
          {detail}
          {item.kind === 'call' && item.phone && (
            <>
              {' · '}
              <a href={`tel:${item.phone.replace(/\s/g, '')}`} className={classes.plainLink}>
                {item.phone}
              </a>
            </>
          )}
        </Text>
      </span>
      <Text span className="num" fw={560}>
        {money}
      </Text>
      <WorkAction item={item} />
    </li>
  );
}

function TaskDone({ task }: { task: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const may = useMay('requests.write');
  const change = (state: 'open' | 'done') =>
    ok(api.PATCH('/api/v1/tasks/{task}', { params: { path: { task } }, body: { state } })).then(() =>
      client.invalidateQueries(),
    );
  if (!may) return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      fullWidth
      onClick={() => {
        change('done').then(() => toastUndo(t('requests.taskDone'), () => change('open')), toastError);
      }}
    >
      {t('requests.done')}
    </Button>
  );
}

function WorkAction({ item }: { item: WorkItem }) {
  const { t } = useTranslation();
  const look = { size: 'compact-sm', variant: 'default', fullWidth: true } as const;
  if (item.payment) {
    return (
      <ButtonLink to="/payments/$payment" params={{ payment: item.payment }} {...look}>
        {item.kind === 'identify' ? t('work.identifyAction') : t('work.allocateAction')}
      </ButtonLink>
    );
  }
  if (item.kind === 'request' || item.kind === 'message') {
    return (
      <ButtonLink to="/requests" {...look}>
        {t('work.open')}
      </ButtonLink>
    );
  }
  if (item.kind === 'task' && item.task) return <TaskDone task={item.task} />;
  if (item.customer) {
    return (
      <ButtonLink to="/customers/$customer" params={{ customer: item.customer.id }} {...look}>
        {t('work.open')}
      </ButtonLink>
    );
  }
  return null;
}
