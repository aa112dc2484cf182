// Ctrl+K: find a customer, an invoice or a payment, or do something. What is found comes from the program's search,
// exact numbers first; commands are matched here.

import { Kbd, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight } from '@mantine/spotlight';
import { IconCash, IconFileInvoice, IconReceiptRefund, IconUser, IconUsers } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useCommands } from './commands';
import { matchCommands } from './match';
import classes from './Palette.module.css';
import { paletteStore } from './store';

type Hit = Schemas['Hit'];

const ICONS: Record<Hit['type'], typeof IconUser> = {
  customer: IconUsers,
  contact: IconUser,
  invoice: IconFileInvoice,
  credit_note: IconReceiptRefund,
  debit_note: IconFileInvoice,
  payment: IconCash,
};

// The list keeps its choice in the page, as its own arrow keys do.
function chooseFirst() {
  const list = document.getElementById(paletteStore.getState().listId);
  for (const chosen of list?.querySelectorAll('[data-selected]') ?? [])
    chosen.removeAttribute('data-selected');
  const first = list?.querySelector('[data-action]');
  first?.setAttribute('data-selected', 'true');
  paletteStore.updateState((state) => ({ ...state, selected: first ? 0 : -1 }));
}

export default function Palette() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const [asked] = useDebouncedValue(query.trim(), 80);
  const commands = useCommands();
  const shown = useMemo(() => matchCommands(commands, query), [commands, query]);

  const found = useQuery({
    queryKey: ['search', asked],
    enabled: asked.length > 0,
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/search', { params: { query: { q: asked, limit: 12 } }, signal })),
    // What was found for the beginning of a word stays while one types on; what was found for another word does not,
    // or Enter would open it.
    placeholderData: (before, query) => (asked.startsWith(query?.queryKey[1] || '\0') ? before : undefined),
    staleTime: 5_000,
  });
  const hits = asked.length > 0 && query.trim().length > 0 ? (found.data?.items ?? []) : [];

  // Enter opens the best match without arrow keys: the first is chosen whenever the list changes.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lists are what must trigger it
  useEffect(() => {
    if (query.trim()) chooseFirst();
  }, [query, found.data, shown]);

  const open = (hit: Hit) => {
    if (hit.type === 'customer' || hit.type === 'contact')
      void navigate({ to: '/customers/$customer', params: { customer: hit.id } });
    else if (hit.type === 'payment') void navigate({ to: '/payments/$payment', params: { payment: hit.id } });
    else void navigate({ to: '/invoices/$invoice', params: { invoice: hit.id } });
  };

  return (
    <Spotlight.Root
      store={paletteStore}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      scrollable
      maxHeight={440}
      transitionProps={{ duration: 90 }}
      overlayProps={{ opacity: 0.35 }}
      attributes={{ content: { 'aria-label': t('palette.open') } }}
    >
      <Spotlight.Search placeholder={t('palette.placeholder')} aria-label={t('palette.placeholder')} />
      <Spotlight.ActionsList>
        {hits.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.found')}>
            {hits.map((hit) => {
              const Icon = ICONS[hit.type];
              return (
                <Spotlight.Action
                  key={`${hit.type} ${hit.id}`}
                  onClick={() => open(hit)}
                  className={classes.action}
                >
                  <span className={classes.row}>
                    <Icon size={18} stroke={1.6} aria-hidden />
                    <span className={classes.words}>
                      <Text span fw={560}>
                        {hit.title}
                      </Text>
                      <Text span c="dimmed" size="xs">
                        {hit.subtitle}
                      </Text>
                    </span>
                    <Text span c="dimmed" size="xs">
                      {t(`hit.${hit.type}`)}
                    </Text>
                  </span>
                </Spotlight.Action>
              );
            })}
          </Spotlight.ActionsGroup>
        )}
        {shown.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.commands')}>
            {shown.map((command) => (
              <Spotlight.Action key={command.id} onClick={command.run} className={classes.action}>
                <span className={classes.row}>
                  <command.icon size={18} stroke={1.6} aria-hidden />
                  <Text span className={classes.words}>
                    {command.label}
                  </Text>
                  {command.keys && (
                    <span className={classes.keys}>
                      {command.keys.split(' ').map((key) => (
                        <Kbd key={key} size="xs">
                          {key.toUpperCase()}
                        </Kbd>
                      ))}
                    </span>
                  )}
                </span>
              </Spotlight.Action>
            ))}
          </Spotlight.ActionsGroup>
        )}
        {hits.length === 0 && shown.length === 0 && (
          <Spotlight.Empty>
            {found.isFetching
              ? t('palette.searching')
              : found.isError
                ? t('palette.failed')
                : t('palette.nothing')}
          </Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
      <Spotlight.Footer className={classes.footer}>{t('palette.footer')}</Spotlight.Footer>
    </Spotlight.Root>
  );
}
