// Civil dates are "YYYY-MM-DD" strings; instants are RFC 3339. Today is the firm's, and comes from the API: the
// reader's computer may be in another time zone.

const DAY = 86_400_000;

/** parseCivil gives the UTC midnight of a civil date, for counting and formatting only. */
export function parseCivil(date: string): Date | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) return undefined;
  const at = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])));
  return at.toISOString().slice(0, 10) === date ? at : undefined;
}

/**
 * parseTypedDate reads what a person types as a date: "22-11-2026", "22/11/26", "22.11", "2211", "2026-11-22". Day and
 * month stand in the order of the reader's locale; a year that is left out is the one of today.
 */
export function parseTypedDate(text: string, today: string, locale: string): string | undefined {
  const typed = text.trim();
  if (parseCivil(typed)) return typed;
  const match =
    /^(\d{1,2})[-/. ](\d{1,2})(?:[-/. ](\d{4}|\d{2}))?$/.exec(typed) ??
    /^(\d{2})(\d{2})(\d{4}|\d{2})?$/.exec(typed);
  if (!match) return undefined;
  const [, first = '', second = '', typedYear] = match;
  const order = new Intl.DateTimeFormat(locale).formatToParts(0).map((part) => part.type);
  const monthFirst = order.indexOf('month') < order.indexOf('day');
  const [month, day] = monthFirst ? [first, second] : [second, first];
  const year = !typedYear ? today.slice(0, 4) : typedYear.length === 2 ? `20${typedYear}` : typedYear;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return parseCivil(date) ? date : undefined;
}

/** daysBetween counts civil days from one date to another: positive when `to` is later. */
export function daysBetween(from: string, to: string): number {
  const a = parseCivil(from);
  const b = parseCivil(to);
  return a && b ? Math.round((b.getTime() - a.getTime()) / DAY) : 0;
}

/** formatShort writes a date for a list: "12 nov", with the year when it is not this one. */
export function formatShort(date: string | undefined, today: string, locale: string): string {
  const at = date ? parseCivil(date) : undefined;
  if (!at) return '';
  const sameYear = date?.slice(0, 4) === today.slice(0, 4);
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: sameYear ? undefined : 'numeric',
    timeZone: 'UTC',
  })
    .format(at)
    .replace('.', '');
}

/** formatFull writes a date for a document: "12 november 2026". */
export function formatFull(date: string | undefined, locale: string): string {
  const at = date ? parseCivil(date) : undefined;
  if (!at) return '';
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(at);
}

/** formatInstant writes a moment in the reader's own time zone. */
export function formatInstant(instant: string | undefined, locale: string): string {
  const at = instant ? new Date(instant) : undefined;
  if (!at || Number.isNaN(at.getTime())) return '';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

/** formatTime writes the hour and minute of a moment in the reader's own time zone. */
export function formatTime(instant: string, locale: string): string {
  const at = new Date(instant);
  return Number.isNaN(at.getTime())
    ? ''
    : new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at);
}
