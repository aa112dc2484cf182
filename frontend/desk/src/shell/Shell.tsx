// The frame around every page: the bar with search, the list of pages, the portal's state, and what works everywhere.

import { ActionIcon, Badge, Burger, Kbd, Tooltip, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconBellRinging,
  IconCash,
  IconChartBar,
  IconFileImport,
  IconFileInvoice,
  IconKeyboard,
  IconMail,
  IconMessageQuestion,
  IconSearch,
  IconSettings,
  IconSun,
  IconUsers,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { useKeyListener, useKeys } from '@/keys/keys';
import { LiveProvider } from '@/live/LiveProvider';
import { openPalette } from '@/palette/store';
import { useSession } from '@/session/session';
import { Mark } from '@/ui/Mark';
import { Loading } from '@/ui/states';
import { useNarrow } from '@/ui/useNarrow';
import { Bell } from './Bell';
import { DropAnywhere } from './DropAnywhere';
import { LiveToasts } from './LiveToasts';
import { PortalState } from './PortalState';
import classes from './Shell.module.css';
import { UserMenu } from './UserMenu';

const Palette = lazy(() => import('@/palette/Palette'));
const KeysHelp = lazy(() => import('./KeysHelp'));

const PAGES = [
  { to: '/', label: 'nav.today', icon: IconSun, key: 'g t' },
  { to: '/customers', label: 'nav.customers', icon: IconUsers, key: 'g c' },
  { to: '/invoices', label: 'nav.invoices', icon: IconFileInvoice, key: 'g i' },
  { to: '/payments', label: 'nav.payments', icon: IconCash, key: 'g p' },
  { to: '/requests', label: 'nav.requests', icon: IconMessageQuestion, key: 'g q' },
  { to: '/reminders', label: 'nav.reminders', icon: IconBellRinging, key: 'g r' },
  { to: '/insight', label: 'nav.insight', icon: IconChartBar, key: 'g f' },
  { to: '/imports', label: 'nav.imports', icon: IconFileImport, key: 'g b' },
  { to: '/outbox', label: 'nav.outbox', icon: IconMail, key: 'g m' },
  { to: '/settings', label: 'nav.settings', icon: IconSettings, key: 'g s' },
] as const;

export function Shell() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const { firm, demo } = useSession();
  const [help, helpState] = useDisclosure(false);
  const [menu, setMenu] = useState(false);
  const [paletteUsed, setPaletteUsed] = useState(false);

  useKeyListener();
  useKeys([
    ...PAGES.map((page) => ({
      keys: page.key,
      label: t(page.label),
      group: 'go' as const,
      run: () => void navigate({ to: page.to }),
    })),
    { keys: 'mod+k', label: t('keys.palette'), group: 'everywhere', run: openPalette },
    { keys: '?', label: t('keys.help'), group: 'everywhere', run: helpState.open },
    {
      keys: '/',
      label: t('keys.filter'),
      group: 'everywhere',
      run: () => document.querySelector<HTMLInputElement>('[data-filter]')?.focus(),
    },
  ]);

  useEffect(() => {
    document.title = `Voldaan · ${firm.name}`;
  }, [firm.name]);
  // The palette's code is fetched when the first page is at rest, so that Ctrl+K is instant without delaying it.
  useEffect(() => {
    const timer = setTimeout(() => setPaletteUsed(true), 600);
    return () => clearTimeout(timer);
  }, []);

  return (
    <LiveProvider>
      <div className={classes.shell} data-menu={menu || undefined}>
        <button type="button" className={classes.skip} onClick={skipToContent}>
          {t('nav.skip')}
        </button>
        <header className={classes.bar}>
          {narrow && (
            <Burger
              opened={menu}
              onClick={() => setMenu((open) => !open)}
              size="sm"
              aria-label={t('nav.menu')}
              aria-expanded={menu}
            />
          )}
          <Link to="/" className={classes.name}>
            <Mark />
            <span>Voldaan</span>
          </Link>
          {!narrow && (
            <span className={classes.firm}>
              {firm.name}
              {demo && <em className={classes.demo}>{t('nav.sample')}</em>}
            </span>
          )}
          <UnstyledButton
            className={classes.search}
            onClick={openPalette}
            aria-keyshortcuts="Control+K"
            aria-label={narrow ? t('palette.open') : undefined}
          >
            <IconSearch size={16} stroke={1.7} aria-hidden />
            <span>{t('palette.open')}</span>
            <Kbd size="xs">Ctrl K</Kbd>
          </UnstyledButton>
          <div className={classes.tools}>
            {!narrow && (
              <Tooltip label={`${t('keys.help')}  ?`}>
                <ActionIcon
                  variant="subtle"
                  color="ink"
                  size={34}
                  aria-label={t('keys.help')}
                  onClick={helpState.open}
                >
                  <IconKeyboard size={20} stroke={1.6} />
                </ActionIcon>
              </Tooltip>
            )}
            <Bell />
            <UserMenu />
          </div>
        </header>
        <nav className={classes.nav} aria-label={t('nav.label')}>
          <ul>
            {PAGES.map(({ to, label, icon: Icon, key }) => (
              <li key={to}>
                <Tooltip label={key} position="right" disabled={narrow} openDelay={700}>
                  <Link
                    to={to}
                    className={classes.page}
                    activeOptions={{ exact: to === '/', includeSearch: false }}
                    activeProps={{ 'data-active': true, 'aria-current': 'page' }}
                    onClick={() => setMenu(false)}
                  >
                    <Icon size={18} stroke={1.6} aria-hidden />
                    {t(label)}
                    {to === '/requests' && <Waiting />}
                  </Link>
                </Tooltip>
              </li>
            ))}
          </ul>
          <PortalState />
        </nav>
        <main id="content" className={classes.content} tabIndex={-1}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <LiveToasts />
      <DropAnywhere />
      <Suspense>{paletteUsed && <Palette />}</Suspense>
      <Suspense>{help && <KeysHelp onClose={helpState.close} />}</Suspense>
    </LiveProvider>
  );
}

/** Waiting is how many requests and conversations wait for somebody. */
function Waiting() {
  const { t } = useTranslation();
  const counts = useQuery({
    queryKey: ['requests', 'counts'],
    queryFn: () => ok(api.GET('/api/v1/requests/counts')),
  });
  const n = (counts.data?.requests ?? 0) + (counts.data?.messages ?? 0);
  if (n === 0) return null;
  return (
    <Badge size="sm" ml="auto" variant="light" aria-label={t('requests.waiting', { count: n })}>
      {n}
    </Badge>
  );
}

// The address after '#' belongs to the router, so the way to the content is a button that moves the focus.
function skipToContent() {
  document.getElementById('content')?.focus();
}
