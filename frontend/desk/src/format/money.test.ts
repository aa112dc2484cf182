import { describe, expect, it } from 'vitest';
import { formatCell, formatMoney, fromMinor, parseTyped, sumByCurrency, toMinor } from './money';

const spaces = (text: string) => text.replace(/\s/g, ' ');

describe('wire amounts', () => {
  it.each([
    ['1210.00', 'EUR', 121000],
    ['-0.05', 'EUR', -5],
    ['0', 'EUR', 0],
    ['-0.00', 'EUR', 0],
    ['12.5', 'EUR', 1250],
    ['1210', 'JPY', 1210],
    ['1.234', 'KWD', 1234],
  ])('reads %s %s as %i minor units', (amount, currency, minor) => {
    expect(toMinor(amount, currency)).toBe(minor);
  });

  it.each(['', '1,5', '1.234', 'NaN', '1e3', ' 1'])('refuses %j in euros', (amount) => {
    expect(() => toMinor(amount, 'EUR')).toThrow();
  });

  it('writes back what it read', () => {
    for (const minor of [0, 1, -1, 9, 10, 99, 100, -12345, 9007199254740991]) {
      expect(toMinor(fromMinor(minor, 'EUR'), 'EUR')).toBe(minor);
    }
  });
});

describe('amounts for people', () => {
  it('follows the locale', () => {
    expect(spaces(formatMoney('1210.00', 'EUR', 'nl-NL'))).toBe('€ 1.210,00');
    expect(formatMoney('1210.00', 'EUR', 'en-GB')).toBe('€1,210.00');
    expect(spaces(formatMoney('1210.00', 'EUR', 'de-DE'))).toBe('1.210,00 €');
    expect(spaces(formatMoney('1210', 'JPY', 'nl-NL'))).toBe('¥ 1.210');
  });

  it('has a real minus sign', () => {
    expect(formatMoney('-5.00', 'EUR', 'nl-NL')).toContain('−');
    expect(formatMoney('-5.00', 'EUR', 'nl-NL')).not.toContain('-');
  });

  it('shows nothing owed as a dash in a table', () => {
    expect(formatCell('0.00', 'EUR', 'nl-NL')).toBe('–');
    expect(formatCell('-0.00', 'EUR', 'nl-NL')).toBe('–');
    expect(formatCell('1210.5', 'EUR', 'nl-NL')).toBe('1.210,50');
  });

  it('shows a currency that nobody knows', () => {
    expect(formatMoney('1.00', 'ZZ', 'nl-NL')).toBe('1,00 ZZ');
  });
});

describe('typed amounts', () => {
  it.each([
    ['1.234,56', '1234.56'],
    ['1 234,56', '1234.56'],
    ['1 234,56', '1234.56'],
    ['1,234.56', '1234.56'],
    ['€ 12', '12.00'],
    ['12 EUR', '12.00'],
    ['12,5', '12.50'],
    ['12.5', '12.50'],
    ['1.234', '1234.00'], // Dutch: a thousand
    ['1.234.567', '1234567.00'],
    ['-3,10', '-3.10'],
    ['−3,10', '-3.10'],
    ['0', '0.00'],
  ])('reads %j as %s in Dutch', (text, amount) => {
    expect(parseTyped(text, 'EUR', 'nl-NL')).toBe(amount);
  });

  it('lets the locale decide what a single mark before three digits means', () => {
    expect(parseTyped('1.234', 'EUR', 'nl-NL')).toBe('1234.00');
    expect(parseTyped('1,234', 'EUR', 'en-GB')).toBe('1234.00');
    // In English a dot is the decimal mark, and three decimals are not euros.
    expect(parseTyped('1.234', 'EUR', 'en-GB')).toBeUndefined();
  });

  it.each(['', 'abc', '1,2,3', '12,345,6', '1.23.456', '12,345.678', '--5', '1..2'])(
    'does not guess at %j',
    (text) => {
      expect(parseTyped(text, 'EUR', 'nl-NL')).toBeUndefined();
    },
  );
});

describe('sums', () => {
  it('never adds across currencies and loses no cent', () => {
    const rows = Array.from({ length: 10 }, () => ({ amount: '0.10', currency: 'EUR' }));
    expect([
      ...sumByCurrency([...rows, { amount: '7.00', currency: 'USD' }, { amount: '-0.01', currency: 'EUR' }]),
    ]).toEqual([
      ['EUR', '0.99'],
      ['USD', '7.00'],
    ]);
  });
});
