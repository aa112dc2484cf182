import type { TFunction } from 'i18next';
import { ApiError } from '@/api/client';
import { said } from '@/i18n';

/** explain says what happened in words for the reader: the program's own where it gave some. */
export function explain(error: unknown, t: TFunction): string {
  if (!(error instanceof ApiError)) return t('errors.unknown');
  if (error.status === 0) return t('errors.offline');
  const known = said(error.code, '', error.params);
  if (known) return known;
  if (error.status === 403) return error.message || t('errors.forbidden');
  if (error.status === 404) return error.message || t('errors.notFound');
  if (error.status === 429) return t('errors.tooMany');
  if (error.status >= 500) return t('errors.server');
  const fields = error.fields.map((field) => field.message).filter(Boolean);
  return (
    [error.message, ...fields.filter((message) => message !== error.message)].filter(Boolean).join(' ') ||
    t('errors.unknown')
  );
}

/** fieldErrors gives the wrong fields of an answer as a form shows them: the last part of "body.smtp.host". */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    error.fields.map(({ field, message }) => [field.replace(/^body\./, ''), message]),
  );
}
