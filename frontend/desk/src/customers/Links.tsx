// The links that a customer has: what each opens, who made it, whether it was used. The address itself is shown only when
// a link is made. Taking a link back is for good, so it says what happens and asks for a second press; a new link is made
// in a moment.

import { Button, Group, Popover, Stack, Text, Title } from '@mantine/core';
import { IconCash, IconLogin2 } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { useMay } from '@/session/session';
import { Failed } from '@/ui/states';
import { toastDone, toastError } from '@/ui/toast';
import classes from './CustomerPage.module.css';

type IssuedLink = Schemas['IssuedLink'];

/** At most so many invoice numbers are named; of more, how many there are. */
const NAMED = 3;

/** Links lists what still opens something and, when asked, what no longer does. */
export function Links({ customer }: { customer: string }) {
  const { t } = useTranslation();
  const mayRevoke = useMay('links.create');
  const [ended, setEnded] = useState(false);
  const links = useInfiniteQuery({
    queryKey: ['links', customer, ended],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      ok(
        api.GET('/api/v1/customers/{customer}/links', {
          params: { path: { customer }, query: { ended, limit: 20, cursor: pageParam || undefined } },
        }),
      ),
    getNextPageParam: (last) => last.next_cursor || undefined,
    placeholderData: (before) => before,
  });
  const shown = links.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-labelledby="links">
      <Group justify="space-between" mb={4}>
        <Title order={2} id="links">
          {t('links.title')}
        </Title>
        <Button
          size="compact-sm"
          variant="subtle"
          aria-pressed={ended}
          onClick={() => setEnded((before) => !before)}
        >
          {ended ? t('links.onlyLive') : t('links.withEnded')}
        </Button>
      </Group>
      {links.isError && <Failed error={links.error} onRetry={() => void links.refetch()} />}
      {links.isSuccess && shown.length === 0 && (
        <Text c="dimmed">{ended ? t('links.never') : t('links.none')}</Text>
      )}
      <ul className={classes.links}>
        {shown.map((link) => (
          <Line key={link.id} customer={customer} link={link} mayRevoke={mayRevoke} />
        ))}
      </ul>
      {links.hasNextPage && (
        <Button
          variant="subtle"
          size="compact-sm"
          loading={links.isFetchingNextPage}
          onClick={() => void links.fetchNextPage()}
        >
          {t('timeline.more')}
        </Button>
      )}
    </section>
  );
}

/** opens says whether revoking still changes anything. */
const opens = (link: IssuedLink) => link.state === 'live' || link.signed_in;

function Line({ customer, link, mayRevoke }: { customer: string; link: IssuedLink; mayRevoke: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const numbers = link.invoices.map((invoice) => invoice.number);
  const what =
    link.kind === 'sign_in'
      ? t('links.signIn', { who: link.contact?.name || link.contact?.number || t('links.anybody') })
      : numbers.length > NAMED
        ? t('links.payMany', { count: numbers.length })
        : t('links.pay', { numbers: numbers.join(', ') });
  const by = link.by && (link.by.kind === 'user' && link.by.name ? link.by.name : t(`actor.${link.by.kind}`));
  const Icon = link.kind === 'pay' ? IconCash : IconLogin2;
  return (
    <li className={classes.link} data-ended={!opens(link) || undefined}>
      <Icon size={17} stroke={1.6} aria-hidden className={classes.linkIcon} />
      <div>
        <Text fw={560}>{what}</Text>
        <Text size="xs" c="dimmed">
          {by
            ? t('links.madeBy', { when: format.instant(link.created_at), who: by })
            : format.instant(link.created_at)}
        </Text>
        <Text size="xs" className={classes.linkState} data-tone={tone(link)}>
          {standing(link)}
        </Text>
      </div>
      {mayRevoke && opens(link) && <Revoke customer={customer} link={link} what={what} />}
    </li>
  );

  function standing({ state, kind, signed_in, used_at, expires_at, revoked_at }: IssuedLink): string {
    if (state === 'revoked') return t('links.revokedAt', { when: format.instant(revoked_at) });
    if (signed_in) return t('links.signedIn', { when: format.instant(used_at) });
    if (state === 'used') return t('links.usedAt', { when: format.instant(used_at) });
    const end = t(state === 'expired' ? 'links.expiredAt' : 'links.until', {
      when: format.instant(expires_at),
    });
    if (kind === 'sign_in') return `${t('links.unused')} · ${end}`;
    return `${used_at ? t('links.openedAt', { when: format.instant(used_at) }) : t('links.unopened')} · ${end}`;
  }
}

const tone = (link: IssuedLink) => (link.signed_in ? 'info' : link.state === 'live' ? 'settled' : 'muted');

function Revoke({ customer, link, what }: { customer: string; link: IssuedLink; what: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () =>
      ok(
        api.DELETE('/api/v1/customers/{customer}/links/{link}', {
          params: { path: { customer, link: link.id } },
        }),
      ),
    onSuccess: () => {
      setAsking(false);
      toastDone(t('links.revoked'));
      void client.invalidateQueries({ queryKey: ['links', customer] });
    },
    onError: toastError,
  });
  return (
    <Popover opened={asking} onChange={setAsking} position="bottom-end" shadow="md" width={280} trapFocus>
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="subtle"
          color="overdue"
          aria-label={t('links.revokeOne', { what })}
          onClick={() => setAsking((before) => !before)}
        >
          {t('links.revoke')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text>{link.signed_in ? t('links.revokeSession') : t('links.revokeText')}</Text>
          <Group gap="xs" justify="flex-end">
            <Button size="compact-sm" variant="default" onClick={() => setAsking(false)}>
              {t('links.keep')}
            </Button>
            <Button
              size="compact-sm"
              color="overdue"
              loading={revoke.isPending}
              data-autofocus
              onClick={() => revoke.mutate()}
            >
              {t('links.revokeNow')}
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
