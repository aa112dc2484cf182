// Amounts on the wire are strings in major units with the currency's decimals ("1210.00"). Everything that is counted
// here is counted in whole minor units, so that no cent is ever lost in a float.

/** Currencies without two decimals that a European firm may meet. Everything else has two. */
const DECIMALS: Record<string, number> = {
  JPY: 0,
  KRW: 0,
  ISK: 0,
  HUF: 2,
  KWD: 3,
  BHD: 3,
  TND: 3,
  OMR: 3,
  JOD: 3,
};

/** decimalsOf says how many decimals amounts in the currency have. */
export function decimalsOf(currency: string): number {
  return DECIMALS[currency] ?? 2;
}

/** toMinor reads a wire amount ("-12.5") into minor units. It throws on anything that is not such an amount. */
export function toMinor(amount: string, currency: string): number {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount);
  const decimals = decimalsOf(currency);
  if (!match || (match[3]?.length ?? 0) > decimals)
    throw new Error(`not an amount in ${currency}: ${amount}`);
  const minor = Number(`${match[2]}${(match[3] ?? '').padEnd(decimals, '0')}`);
  if (!Number.isSafeInteger(minor)) throw new Error(`amount out of range: ${amount}`);
  return match[1] && minor !== 0 ? -minor : minor;
}

/** fromMinor writes minor units as a wire amount. */
export function fromMinor(minor: number, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return `${minor < 0 ? '-' : ''}${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ''}`;
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string, currency: string, style: 'currency' | 'decimal'): Intl.NumberFormat {
  const key = `${locale} ${currency} ${style}`;
  let found = formatters.get(key);
  if (!found) {
    const digits = decimalsOf(currency);
    found = new Intl.NumberFormat(locale, {
      style,
      currency: style === 'currency' ? currency : undefined,
      currencyDisplay: style === 'currency' ? 'narrowSymbol' : undefined,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formatters.set(key, found);
  }
  return found;
}

/** A real minus sign is as wide as a digit, so columns stay straight. */
const realMinus = (text: string) => text.replace(/-/g, '−');

/** formatMoney writes an amount with its currency sign, where the locale wants it. */
export function formatMoney(amount: string, currency: string, locale: string): string {
  const value = Number(fromMinor(toMinor(amount, currency), currency));
  try {
    return realMinus(formatter(locale, currency, 'currency').format(value));
  } catch {
    // A currency code that Intl does not accept is shown as it is written.
    return `${realMinus(formatter(locale, currency, 'decimal').format(value))} ${currency}`;
  }
}

/** formatCell writes an amount for a table column: no sign of the currency, and nothing owed is a dash. */
export function formatCell(amount: string | undefined, currency: string, locale: string): string {
  if (amount === undefined || amount === '') return '';
  const minor = toMinor(amount, currency);
  if (minor === 0) return '–';
  return realMinus(formatter(locale, currency, 'decimal').format(Number(fromMinor(minor, currency))));
}

/**
 * parseTyped reads what a person types as an amount: "1.234,56", "1 234,56", "1,234.56", "1234,5", "€ 12". The last
 * separator followed by at most the currency's decimals is the decimal mark; with a single separator and three digits
 * after it the reader's locale decides. It answers undefined for anything else, and never guesses.
 */
export function parseTyped(text: string, currency: string, locale: string): string | undefined {
  const decimals = decimalsOf(currency);
  const bare = text.replace(/[€$£\s'’]|[A-Z]{3}/g, '').replace('−', '-');
  const match = /^(-?)([\d.,]+)$/.exec(bare);
  const body = match?.[2];
  if (!match || !body || !/\d/.test(body)) return undefined;
  const mark = decimalMark(body, decimals, locale);
  const at = mark ? body.lastIndexOf(mark) : -1;
  const whole = at < 0 ? body : body.slice(0, at);
  const fraction = at < 0 ? '' : body.slice(at + 1);
  if (fraction.length > decimals || !/^\d*$/.test(fraction)) return undefined;
  if (!groupsAreStraight(whole)) return undefined;
  const digits = whole.replace(/[.,]/g, '') || '0';
  const minor = Number(`${digits}${fraction.padEnd(decimals, '0')}`);
  if (!Number.isSafeInteger(minor)) return undefined;
  return fromMinor(match[1] ? -minor : minor, currency);
}

function decimalMark(body: string, decimals: number, locale: string): '.' | ',' | undefined {
  const dot = body.lastIndexOf('.');
  const comma = body.lastIndexOf(',');
  if (dot < 0 && comma < 0) return undefined;
  if (dot >= 0 && comma >= 0) return dot > comma ? '.' : ',';
  const mark = dot >= 0 ? '.' : ',';
  const parts = body.split(mark);
  if (parts.length > 2) return undefined; // repeated: thousands
  const after = parts[1]?.length ?? 0;
  if (after !== 3 || decimals === 3) return mark;
  const own = new Intl.NumberFormat(locale).formatToParts(1.5).find((p) => p.type === 'decimal')?.value;
  return own === mark ? mark : undefined;
}

function groupsAreStraight(whole: string): boolean {
  if (!/[.,]/.test(whole)) return true;
  return /^\d{1,3}([.]\d{3})+$|^\d{1,3}([,]\d{3})+$/.test(whole);
}

/** sumByCurrency adds wire amounts, never across currencies. */
export function sumByCurrency(rows: Iterable<{ amount: string; currency: string }>): Map<string, string> {
  const sums = new Map<string, number>();
  for (const { amount, currency } of rows) {
    sums.set(currency, (sums.get(currency) ?? 0) + toMinor(amount, currency));
  }
  return new Map(
    [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([c, minor]) => [c, fromMinor(minor, c)]),
  );
}
