// The three states of a page that has nothing to show yet, or nothing to show.

import { Button, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { explain } from './explain';
import classes from './ui.module.css';

/** Loading shows the page's shape. */
export function Loading() {
  const { t } = useTranslation();
  return (
    <div className={classes.page} role="status" aria-label={t('grid.loading')}>
      <Skeleton height={28} width={220} mb="lg" />
      <Skeleton height={84} mb="md" />
      <Skeleton height={320} />
    </div>
  );
}

/** Empty teaches the next step. */
export function Empty({
  title,
  text,
  wholePage,
  children,
}: {
  title: string;
  text?: string;
  /** It is all there is on the page, so its title is the page's. */
  wholePage?: boolean;
  children?: ReactNode;
}) {
  return (
    <Stack align="center" gap={8} className={classes.empty}>
      <Title order={wholePage ? 1 : 2} size="h2">
        {title}
      </Title>
      {text && (
        <Text c="dimmed" ta="center" maw={440}>
          {text}
        </Text>
      )}
      {children && <div className={classes.emptyActions}>{children}</div>}
    </Stack>
  );
}

/** Failed says what happened, that nothing was lost, and what to do. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack align="center" gap={8} className={classes.empty} role="alert">
      <Title order={2}>{t('errors.title')}</Title>
      <Text ta="center" maw={480}>
        {explain(error, t)}
      </Text>
      <Text c="dimmed">{t('errors.nothingLost')}</Text>
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          {t('errors.again')}
        </Button>
      )}
    </Stack>
  );
}
