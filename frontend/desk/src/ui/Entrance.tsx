import { Group, SegmentedControl, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type Language, speak } from '@/i18n';
import classes from './Entrance.module.css';
import { Mark } from './Mark';

/** Entrance is the page around sign-in and first run: the name, a sheet of paper, the languages. */
export function Entrance({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  const { i18n, t } = useTranslation();
  return (
    <main className={classes.page}>
      <div className={classes.column} data-wide={wide || undefined}>
        <Group justify="space-between" mb="md">
          <Group gap={8}>
            <Mark size={26} />
            <Text fw={650} size="lg">
              Voldaan
            </Text>
          </Group>
          <SegmentedControl
            size="xs"
            aria-label={t('settings.language')}
            value={i18n.language}
            onChange={(value) => void speak(value as Language)}
            data={[
              { value: 'nl', label: 'Nederlands' },
              { value: 'en', label: 'English' },
            ]}
          />
        </Group>
        <div className={classes.sheet}>{children}</div>
      </div>
    </main>
  );
}
