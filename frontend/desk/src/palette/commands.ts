import { useMantineColorScheme } from '@mantine/core';
import {
  IconCash,
  IconCashPlus,
  IconChartBar,
  IconDatabaseExport,
  IconFileImport,
  IconFileInvoice,
  IconLanguage,
  IconMail,
  IconMoon,
  IconSettings,
  IconSun,
  IconUserPlus,
  IconUsers,
  IconZoomQuestion,
} from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { speak } from '@/i18n';
import { useMay } from '@/session/session';
import type { Matchable } from './match';

export interface Command extends Matchable {
  id: string;
  icon: typeof IconSun;
  keys?: string;
  run: () => void;
}

/** useCommands is everything that can be done from the palette, less what this user may not do. */
export function useCommands(): Command[] {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { setColorScheme, colorScheme } = useMantineColorScheme();
  const mayPay = useMay('payments.write');
  const mayImport = useMay('imports.write');
  const mayCustomers = useMay('customers.write');
  const maySettings = useMay('settings.write');
  const maySystem = useMay('system');
  const section = (name: string) => () =>
    void navigate({ to: '/settings/$section', params: { section: name } });
  const commands: (Command | false)[] = [
    { id: 'today', label: t('nav.today'), keys: 'g t', icon: IconSun, run: () => void navigate({ to: '/' }) },
    {
      id: 'customers',
      label: t('nav.customers'),
      keys: 'g c',
      icon: IconUsers,
      run: () => void navigate({ to: '/customers' }),
    },
    {
      id: 'invoices',
      label: t('nav.invoices'),
      keys: 'g i',
      icon: IconFileInvoice,
      run: () => void navigate({ to: '/invoices' }),
    },
    {
      id: 'overdue',
      label: t('commands.overdue'),
      icon: IconFileInvoice,
      run: () => void navigate({ to: '/invoices', search: { show: 'overdue' } }),
    },
    {
      id: 'payments',
      label: t('nav.payments'),
      keys: 'g p',
      icon: IconCash,
      run: () => void navigate({ to: '/payments' }),
    },
    mayPay && {
      id: 'record',
      label: t('commands.record'),
      words: t('commands.recordWords'),
      icon: IconCashPlus,
      run: () => void navigate({ to: '/payments', search: { show: 'record' } }),
    },
    {
      id: 'unidentified',
      label: t('commands.unidentified'),
      icon: IconZoomQuestion,
      run: () => void navigate({ to: '/payments', search: { show: 'unidentified' } }),
    },
    {
      id: 'insight',
      label: t('nav.insight'),
      keys: 'g f',
      icon: IconChartBar,
      run: () => void navigate({ to: '/insight' }),
    },
    mayImport && {
      id: 'import',
      label: t('commands.import'),
      keys: 'g b',
      icon: IconFileImport,
      run: () => void navigate({ to: '/imports' }),
    },
    mayCustomers && {
      id: 'newCustomer',
      label: t('commands.newCustomer'),
      icon: IconUserPlus,
      run: () => void navigate({ to: '/customers', search: { show: 'new' } }),
    },
    {
      id: 'outbox',
      label: t('nav.outbox'),
      keys: 'g m',
      icon: IconMail,
      run: () => void navigate({ to: '/outbox' }),
    },
    {
      id: 'reminders',
      label: t('nav.reminders'),
      keys: 'g r',
      icon: IconMail,
      run: () => void navigate({ to: '/reminders' }),
    },
    maySystem && {
      id: 'backup',
      label: t('commands.backup'),
      icon: IconDatabaseExport,
      run: section('backup'),
    },
    maySettings && {
      id: 'branding',
      label: t('commands.branding'),
      icon: IconSettings,
      run: section('branding'),
    },
    maySettings && { id: 'portal', label: t('commands.portal'), icon: IconSettings, run: section('portal') },
    maySettings && { id: 'mollie', label: t('commands.mollie'), icon: IconSettings, run: section('mollie') },
    maySettings && { id: 'smtp', label: t('commands.smtp'), icon: IconSettings, run: section('mail') },
    {
      id: 'settings',
      label: t('nav.settings'),
      keys: 'g s',
      icon: IconSettings,
      run: () => void navigate({ to: '/settings' }),
    },
    {
      id: 'scheme',
      label: colorScheme === 'dark' ? t('commands.light') : t('commands.dark'),
      icon: colorScheme === 'dark' ? IconSun : IconMoon,
      run: () => setColorScheme(colorScheme === 'dark' ? 'light' : 'dark'),
    },
    {
      id: 'language',
      label: i18n.language === 'nl' ? 'English' : 'Nederlands',
      words: 'taal language',
      icon: IconLanguage,
      run: () => void speak(i18n.language === 'nl' ? 'en' : 'nl'),
    },
  ];
  return commands.filter((command) => command !== false);
}
