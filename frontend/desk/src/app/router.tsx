// The desk's pages. Addresses live behind the '#': the same app is served by the desk listener and by the window, and
// neither has to know which paths exist.

import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { Shell } from '@/shell/Shell';
import { Loading } from '@/ui/states';
import { NotFoundPage, RouteError } from './RouteError';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const today = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('@/today/Today')),
});

/** Which slice of a list is shown is part of the address, so that going back comes back to it. */
export interface ListSearch {
  q?: string;
  show?: string;
}

const listSearch = (search: Record<string, unknown>): ListSearch => ({
  q: typeof search.q === 'string' && search.q ? search.q : undefined,
  show: typeof search.show === 'string' && search.show ? search.show : undefined,
});

const customers = createRoute({
  getParentRoute: () => root,
  path: '/customers',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('@/customers/CustomersPage')),
});
const customer = createRoute({
  getParentRoute: () => root,
  path: '/customers/$customer',
  component: lazyRouteComponent(() => import('@/customers/CustomerPage')),
});
const invoices = createRoute({
  getParentRoute: () => root,
  path: '/invoices',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('@/invoices/InvoicesPage')),
});
const invoice = createRoute({
  getParentRoute: () => root,
  path: '/invoices/$invoice',
  component: lazyRouteComponent(() => import('@/invoices/InvoicePage')),
});
const payments = createRoute({
  getParentRoute: () => root,
  path: '/payments',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('@/payments/PaymentsPage')),
});
const payment = createRoute({
  getParentRoute: () => root,
  path: '/payments/$payment',
  component: lazyRouteComponent(() => import('@/payments/PaymentPage')),
});
const imports = createRoute({
  getParentRoute: () => root,
  path: '/imports',
  component: lazyRouteComponent(() => import('@/imports/ImportsPage')),
});
const importOne = createRoute({
  getParentRoute: () => root,
  path: '/imports/$import',
  component: lazyRouteComponent(() => import('@/imports/ImportPage')),
});
const insight = createRoute({
  getParentRoute: () => root,
  path: '/insight',
  validateSearch: (search: Record<string, unknown>): { week?: string } => ({
    week:
      typeof search.week === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(search.week) ? search.week : undefined,
  }),
  component: lazyRouteComponent(() => import('@/insight/InsightPage')),
});
const requests = createRoute({
  getParentRoute: () => root,
  path: '/requests',
  component: lazyRouteComponent(() => import('@/requests/RequestsPage')),
});
const outbox = createRoute({
  getParentRoute: () => root,
  path: '/outbox',
  component: lazyRouteComponent(() => import('@/outbox/OutboxPage')),
});
const reminders = createRoute({
  getParentRoute: () => root,
  path: '/reminders',
  component: lazyRouteComponent(() => import('@/reminders/RemindersPage')),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/settings/SettingsPage')),
});
const settingsSection = createRoute({
  getParentRoute: () => root,
  path: '/settings/$section',
  component: lazyRouteComponent(() => import('@/settings/SettingsPage')),
});

export const router = createRouter({
  history: createHashHistory(),
  routeTree: root.addChildren([
    today,
    customers,
    customer,
    invoices,
    invoice,
    payments,
    payment,
    imports,
    importOne,
    insight,
    requests,
    outbox,
    reminders,
    settings,
    settingsSection,
  ]),
  defaultPreload: 'intent',
  defaultPendingComponent: Loading,
  defaultErrorComponent: RouteError,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
