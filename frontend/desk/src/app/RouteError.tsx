import type { ErrorComponentProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '@/ui/links';
import { Empty, Failed } from '@/ui/states';

/** RouteError is shown instead of a page that could not be drawn; the shell around it stays. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  return <Failed error={error} onRetry={reset} />;
}

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Empty title={t('errors.noPage')} wholePage>
      <ButtonLink to="/" variant="default">
        {t('nav.today')}
      </ButtonLink>
    </Empty>
  );
}
