// What customers ask and write: the list on the left, the chosen one with its conversation on the right. All of it works
// from the keyboard: J and K through the list, A accepts, D declines, R answers, M makes it mine, F finishes.

import {
  Button,
  Checkbox,
  Group,
  NativeSelect,
  SegmentedControl,
  Text,
  Textarea,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { useKeys } from '@/keys/keys';
import { useMay } from '@/session/session';
import page from '@/ui/page.module.css';
import { Empty, Failed, Loading } from '@/ui/states';
import { toastDone, toastError, toastUndo } from '@/ui/toast';
import { Attached, Attaching } from './Files';
import classes from './Requests.module.css';

type Request = Schemas['Request'];
type Thread = Schemas['Thread'];
const kinds = [
  'promise',
  'dispute',
  'problem',
  'question',
  'plan',
  'po_number',
  'contact',
  'address',
  'document',
  'autopay',
  'credit',
  'refund',
] as const satisfies readonly Request['kind'][];

type Slice = 'open' | 'mine' | 'all' | 'messages';

interface Item {
  key: string;
  thread: string;
  request?: Request;
  conversation?: Thread;
}

export default function RequestsPage() {
  const { t } = useTranslation();
  const [slice, setSlice] = useState<Slice>('open');
  const [kind, setKind] = useState<Request['kind'] | ''>('');
  const [chosen, setChosen] = useState<string>();
  const asked = useQuery({
    queryKey: ['requests', slice, kind],
    enabled: slice !== 'messages',
    queryFn: () =>
      ok(
        api.GET('/api/v1/requests', {
          params: { query: { open: slice === 'open', mine: slice === 'mine', kind: kind || undefined } },
        }),
      ),
  });
  const threads = useQuery({
    queryKey: ['threads'],
    enabled: slice === 'messages',
    queryFn: () => ok(api.GET('/api/v1/threads')),
  });
  const source = slice === 'messages' ? threads : asked;
  const items: Item[] =
    slice === 'messages'
      ? (threads.data?.items ?? []).map((c) => ({ key: c.id, thread: c.id, conversation: c }))
      : (asked.data?.items ?? []).map((r) => ({ key: r.id, thread: r.thread, request: r }));
  const at = items.findIndex((item) => item.key === chosen);
  const current = items[at];
  const step = (by: number) => {
    const next = items[Math.min(Math.max(at < 0 ? 0 : at + by, 0), items.length - 1)];
    if (next) setChosen(next.key);
  };
  useKeys([
    { keys: 'j', label: t('requests.next'), group: 'page', run: () => step(1) },
    { keys: 'k', label: t('requests.previous'), group: 'page', run: () => step(-1) },
    { keys: 'Escape', label: t('actions.close'), group: 'page', run: () => setChosen(undefined) },
  ]);
  return (
    <div className={page.full}>
      <Group justify="space-between">
        <Title order={1}>{t('nav.requests')}</Title>
        <Group gap="xs">
          {slice !== 'messages' && (
            <NativeSelect
              size="xs"
              aria-label={t('requests.kind')}
              value={kind}
              onChange={(event) => {
                setKind(event.currentTarget.value as Request['kind'] | '');
                setChosen(undefined);
              }}
              data={[
                { value: '', label: t('requests.allKinds') },
                ...kinds.map((value) => ({ value, label: t(`requests.kinds.${value}`) })),
              ]}
            />
          )}
          <SegmentedControl
            size="xs"
            value={slice}
            onChange={(value) => {
              setSlice(value as Slice);
              setChosen(undefined);
            }}
            aria-label={t('grid.show')}
            data={(['open', 'mine', 'all', 'messages'] as const).map((value) => ({
              value,
              label: t(`requests.slices.${value}`),
            }))}
          />
        </Group>
      </Group>
      {source.isPending ? (
        <Loading />
      ) : source.isError ? (
        <Failed error={source.error} onRetry={() => void source.refetch()} />
      ) : items.length === 0 ? (
        <Empty title={t('requests.empty')} text={t('requests.emptyText')} />
      ) : (
        <div className={classes.columns} data-open={current ? true : undefined}>
          <ul className={classes.list} aria-label={t('nav.requests')}>
            {items.map((item) => (
              <li key={item.key}>
                <Row item={item} current={item.key === chosen} onChoose={() => setChosen(item.key)} />
              </li>
            ))}
          </ul>
          {current ? (
            <Detail
              key={current.key}
              item={current}
              onDone={() => step(1)}
              onClose={() => setChosen(undefined)}
            />
          ) : (
            <Empty title={t('requests.choose')} text={t('requests.chooseText')} />
          )}
        </div>
      )}
    </div>
  );
}

function Row({ item, current, onChoose }: { item: Item; current: boolean; onChoose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const r = item.request;
  const c = item.conversation;
  const unread = r?.unread ?? c?.unread ?? 0;
  return (
    <UnstyledButton className={classes.row} aria-current={current || undefined} onClick={onChoose}>
      <span className={classes.line}>
        <Text span fw={unread > 0 ? 650 : 520} truncate>
          {r?.customer.name ?? c?.customer.name}
        </Text>
        <Text span className="num">
          {r?.amount ? format.money(r.amount.amount, r.amount.currency) : ''}
        </Text>
      </span>
      <span className={classes.line}>
        <Text span size="sm" c="dimmed" truncate>
          {r ? `${t(`requests.kinds.${r.kind}`)} · ${t(`requests.states.${r.state}`)}` : subjectOf(c, t)}
        </Text>
        <Text span size="sm" c={r?.late ? 'overdue' : 'dimmed'}>
          {unread > 0 ? `${t('requests.unread', { count: unread })} · ` : ''}
          {r?.late ? t('requests.late') : format.instant(r?.received ?? c?.last ?? '')}
        </Text>
      </span>
    </UnstyledButton>
  );
}

function subjectOf(c: Thread | undefined, t: TFunction): string {
  if (!c) return '';
  return c.request ? t(`requests.kinds.${c.subject as Request['kind']}`) : c.subject || t('requests.message');
}

function Detail({ item, onDone, onClose }: { item: Item; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const may = useMay('requests.write');
  const box = useRef<HTMLTextAreaElement>(null);
  const [words, setWords] = useState('');
  const [internal, setInternal] = useState(false);
  const [files, setFiles] = useState<Schemas['StoredFile'][]>([]);
  const thread = useQuery({
    queryKey: ['thread', item.thread],
    queryFn: () => ok(api.GET('/api/v1/threads/{thread}', { params: { path: { thread: item.thread } } })),
  });
  const unread = thread.data?.unread ?? 0;
  useEffect(() => {
    if (unread > 0 && may) {
      void api
        .POST('/api/v1/threads/{thread}/read', { params: { path: { thread: item.thread } } })
        .then(() => client.invalidateQueries());
    }
  }, [unread, may, item.thread, client]);
  const r = item.request;
  const path = { request: r?.id ?? '' };
  const after = (text: string) => {
    setWords('');
    void client.invalidateQueries();
    toastDone(text);
  };
  const act = useMutation({
    mutationFn: async (what: 'accept' | 'decline' | 'finish' | 'assign' | 'reply') => {
      if (what === 'reply') {
        const at = {
          params: { path: { thread: item.thread } },
          body: { text: words, internal, files: files.map((f) => f.id) },
        };
        await ok(api.POST('/api/v1/threads/{thread}/messages', at));
        setFiles([]);
      } else if (what === 'assign') {
        await ok(api.POST('/api/v1/requests/{request}/assign', { params: { path }, body: { owner: 'me' } }));
      } else if (what === 'accept') {
        await ok(api.POST('/api/v1/requests/{request}/accept', { params: { path }, body: { words } }));
      } else if (what === 'finish') {
        await ok(api.POST('/api/v1/requests/{request}/finish', { params: { path }, body: { words } }));
      } else {
        await ok(api.POST('/api/v1/requests/{request}/decline', { params: { path }, body: { words } }));
      }
      return what;
    },
    onSuccess: (what) => {
      if (what === 'decline') {
        setWords('');
        void client.invalidateQueries();
        toastUndo(t('requests.did.decline'), () =>
          ok(api.POST('/api/v1/requests/{request}/reopen', { params: { path } })).then(() =>
            client.invalidateQueries(),
          ),
        );
      } else after(t(`requests.did.${what}`));
      if (what === 'accept' || what === 'decline' || what === 'finish') onDone();
    },
    onError: toastError,
  });
  const open = r && (r.state === 'received' || r.state === 'in_review');
  const canAccept = may && open && r.kind !== 'question' && r.kind !== 'problem';
  const canFinish = may && r && ((open && r.answerable) || r.state === 'accepted');
  const refuse = () => {
    if (words.trim()) act.mutate('decline');
    else box.current?.focus();
  };
  useKeys([
    { keys: 'a', label: t('requests.accept'), group: 'page', run: () => canAccept && act.mutate('accept') },
    { keys: 'd', label: t('requests.decline'), group: 'page', run: () => may && open && refuse() },
    { keys: 'f', label: t('requests.finish'), group: 'page', run: () => canFinish && act.mutate('finish') },
    { keys: 'm', label: t('requests.mine'), group: 'page', run: () => may && r && act.mutate('assign') },
    { keys: 'r', label: t('requests.answer'), group: 'page', run: () => box.current?.focus() },
  ]);
  if (thread.isPending) return <Loading />;
  if (thread.isError) return <Failed error={thread.error} onRetry={() => void thread.refetch()} />;
  const c = thread.data;
  return (
    <article className={classes.detail} aria-label={c.customer.name}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={2}>{r ? t(`requests.kinds.${r.kind}`) : subjectOf(c, t)}</Title>
          <Text c="dimmed">
            <Link to="/customers/$customer" params={{ customer: c.customer.id }}>
              {c.customer.name}
            </Link>
            {r?.by ? ` · ${r.by}` : ''}
            {r ? ` · ${t(`requests.states.${r.state}`)}` : ''}
            {r?.owner_name ? ` · ${r.owner_name}` : ''}
          </Text>
        </div>
        <Button size="compact-sm" variant="subtle" onClick={onClose}>
          {t('actions.close')}
        </Button>
      </Group>
      {r && <Facts request={r} />}
      <ol className={classes.messages}>
        {c.messages?.map((m) => (
          <li
            key={m.id}
            className={classes.message}
            data-side={m.side}
            data-internal={m.internal || undefined}
          >
            <Text size="xs" c="dimmed">
              {m.author || t('requests.automatic')} · {format.instant(m.at)}
              {m.internal ? ` · ${t('requests.internal')}` : ''}
              {m.side !== 'customer' && m.read ? ` · ${t('requests.read', { who: m.read_by })}` : ''}
            </Text>
            {m.text}
            <Attached files={m.files} />
          </li>
        ))}
      </ol>
      {may && (
        <>
          <Textarea
            ref={box}
            label={t('requests.words')}
            description={open ? t('requests.wordsHint') : undefined}
            autosize
            minRows={3}
            maxLength={4000}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
          <Attaching customer={c.customer.id} files={files} onChange={setFiles} />
          <Group gap="xs">
            {canAccept && (
              <Button loading={act.isPending} onClick={() => act.mutate('accept')}>
                {t('requests.accept')}
              </Button>
            )}
            {open && (
              <Button variant="default" onClick={refuse}>
                {t('requests.decline')}
              </Button>
            )}
            {canFinish && (
              <Button variant="default" onClick={() => act.mutate('finish')}>
                {t('requests.finish')}
              </Button>
            )}
            {r && (
              <Button variant="default" onClick={() => act.mutate('assign')}>
                {t('requests.mine')}
              </Button>
            )}
            <Button
              variant="default"
              disabled={!words.trim() && files.length === 0}
              onClick={() => act.mutate('reply')}
            >
              {t('requests.send')}
            </Button>
            <Checkbox
              label={t('requests.onlyUs')}
              checked={internal}
              onChange={(event) => setInternal(event.currentTarget.checked)}
            />
          </Group>
        </>
      )}
    </article>
  );
}

/** Facts are what is asked and why it got where it is. */
function Facts({ request: r }: { request: Request }) {
  const { t } = useTranslation();
  const format = useFormat();
  const lines = [
    r.invoices.map((i) => i.number).join(', '),
    r.amount ? format.money(r.amount.amount, r.amount.currency) : '',
    r.payload.on ? format.full(r.payload.on) : '',
    r.payload.instalments ? t('requests.instalments', { count: r.payload.instalments.length }) : '',
    r.payload.po ?? '',
    r.payload.name ? `${r.payload.name} · ${r.payload.email ?? ''}` : '',
    r.payload.address ? `${r.payload.address.street ?? ''}, ${r.payload.address.city ?? ''}` : '',
    r.payload.iban ?? '',
  ].filter(Boolean);
  const d = r.decision;
  return (
    <div>
      {lines.length > 0 && <Text>{lines.join(' · ')}</Text>}
      <Text size="sm" c="dimmed">
        {t('requests.answerBy', { date: format.full(r.deadline) })} ·{' '}
        {t(r.answered ? 'requests.answeredIn' : 'requests.waits', { time: clock(r.waiting_minutes, t) })}
      </Text>
      {d?.automatic && (
        <Text size="sm" c="dimmed">
          {t(r.automatic ? 'requests.byPolicy' : 'requests.checkFirst', { version: d.policy_version })}{' '}
          {d.failed.join('; ')}
        </Text>
      )}
    </div>
  );
}

/** clock is how long somebody waited, in the largest unit that says enough. */
function clock(minutes: number, t: TFunction): string {
  if (minutes < 60) return t('requests.minutes', { count: minutes });
  if (minutes < 48 * 60) return t('requests.hours', { count: Math.floor(minutes / 60) });
  return t('requests.days', { count: Math.floor(minutes / (24 * 60)) });
}
