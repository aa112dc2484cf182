import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { localeOf } from '@/i18n';
import { useSession } from '@/session/session';
import { daysBetween, formatFull, formatInstant, formatShort } from './dates';
import { formatCell, formatMoney } from './money';

/** useLocale is the locale in which the reader sees numbers and dates. */
export function useLocale(): string {
  const { i18n } = useTranslation();
  return localeOf(i18n.language);
}

/** useFormat binds the formats to the reader's locale and the firm's today. */
export function useFormat() {
  const locale = useLocale();
  const today = useSession().today;
  return useMemo(
    () => ({
      locale,
      today,
      money: (amount: string, currency: string) => formatMoney(amount, currency, locale),
      cell: (amount: string | undefined, currency: string) => formatCell(amount, currency, locale),
      /** An amount of a table where no column names the currency; nothing is a dash. */
      cellMoney: (amount: string, currency: string) =>
        Number(amount) === 0 ? '–' : formatMoney(amount, currency, locale),
      short: (date: string | undefined) => formatShort(date, today, locale),
      full: (date: string | undefined) => formatFull(date, locale),
      instant: (instant: string | undefined) => formatInstant(instant, locale),
      /** A plain amount whose currency is not known or does not matter. */
      plain: (amount: string) =>
        new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).format(Number(amount)).replace('-', '−'),
      daysLate: (due: string) => daysBetween(due, today),
      count: (n: number) => new Intl.NumberFormat(locale).format(n),
    }),
    [locale, today],
  );
}
