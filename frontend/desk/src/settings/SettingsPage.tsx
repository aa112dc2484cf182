import { Title } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '@/session/session';
import page from '@/ui/page.module.css';
import { AccountSection } from './AccountSection';
import { BackupSection } from './BackupSection';
import { BrandingSection } from './BrandingSection';
import { FirmSection } from './FirmSection';
import { MailSection } from './MailSection';
import { MollieSection } from './MollieSection';
import { PortalSection } from './PortalSection';
import { RemindersSection } from './RemindersSection';
import classes from './Settings.module.css';
import { UsersSection } from './UsersSection';

interface Section {
  name: 'firm' | 'branding' | 'portal' | 'mollie' | 'mail' | 'reminders' | 'users' | 'backup' | 'account';
  needs?: string;
  body: ComponentType;
}

const SECTIONS: Section[] = [
  { name: 'firm', needs: 'settings.write', body: FirmSection },
  { name: 'branding', needs: 'settings.write', body: BrandingSection },
  { name: 'portal', needs: 'settings.write', body: PortalSection },
  { name: 'mollie', needs: 'settings.write', body: MollieSection },
  { name: 'mail', needs: 'settings.write', body: MailSection },
  { name: 'reminders', needs: 'settings.write', body: RemindersSection },
  { name: 'users', needs: 'users.write', body: UsersSection },
  { name: 'backup', needs: 'system', body: BackupSection },
  { name: 'account', body: AccountSection },
];

export default function SettingsPage() {
  const { t } = useTranslation();
  const { me } = useSession();
  const { section } = useParams({ strict: false });
  const mine = SECTIONS.filter(({ needs }) => !needs || me.permissions.includes(needs));
  const shown = mine.find(({ name }) => name === section) ?? mine[0];
  if (!shown) return null;
  const Body = shown.body;
  return (
    <div className={page.scroll}>
      <Title order={1} mb="md">
        {t('nav.settings')}
      </Title>
      <div className={classes.columns}>
        <nav aria-label={t('settings.sections')} className={classes.sections}>
          {mine.map(({ name }) => (
            <Link
              key={name}
              to="/settings/$section"
              params={{ section: name }}
              data-active={name === shown.name || undefined}
              aria-current={name === shown.name ? 'page' : undefined}
            >
              {t(`settings.${name}`)}
            </Link>
          ))}
        </nav>
        <div className={classes.body}>
          <Title order={2} mb={4}>
            {t(`settings.${shown.name}`)}
          </Title>
          <Body />
        </div>
      </div>
    </div>
  );
}
