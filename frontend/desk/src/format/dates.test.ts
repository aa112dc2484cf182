import { describe, expect, it } from 'vitest';
import { daysBetween, formatFull, formatShort, parseCivil, parseTypedDate } from './dates';

describe('civil dates', () => {
  it('refuses days that do not exist', () => {
    expect(parseCivil('2026-02-30')).toBeUndefined();
    expect(parseCivil('2026-2-3')).toBeUndefined();
    expect(parseCivil('2024-02-29')).toBeDefined();
  });

  it('counts days over the change to summer time', () => {
    expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2);
    expect(daysBetween('2026-10-24', '2026-10-26')).toBe(2);
    expect(daysBetween('2026-03-01', '2026-02-28')).toBe(-1);
  });

  it('leaves the year out when it is this one', () => {
    expect(formatShort('2026-11-12', '2026-11-22', 'nl-NL')).toBe('12 nov');
    expect(formatShort('2025-11-12', '2026-11-22', 'nl-NL')).toBe('12 nov 2025');
    expect(formatShort('', '2026-11-22', 'nl-NL')).toBe('');
  });

  it('writes documents in full', () => {
    expect(formatFull('2026-11-12', 'nl-NL')).toBe('12 november 2026');
    expect(formatFull('2026-11-12', 'en-GB')).toBe('12 November 2026');
  });
});

describe('typed dates', () => {
  it.each([
    ['22-11-2026', '2026-11-22'],
    ['1/2/26', '2026-02-01'],
    ['22.11', '2026-11-22'],
    ['2211', '2026-11-22'],
    ['2026-11-22', '2026-11-22'],
    ['31-02-2026', undefined],
    ['13-13', undefined],
    ['morgen', undefined],
  ])('reads %j as %s in Dutch', (text, date) => {
    expect(parseTypedDate(text, '2026-11-22', 'nl-NL')).toBe(date);
  });

  it('has day and month in the order of the locale', () => {
    expect(parseTypedDate('3/4/2026', '2026-11-22', 'en-GB')).toBe('2026-04-03');
    expect(parseTypedDate('3/4/2026', '2026-11-22', 'en-US')).toBe('2026-03-04');
  });
});
