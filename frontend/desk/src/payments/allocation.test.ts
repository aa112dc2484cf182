import { describe, expect, it } from 'vitest';
import { oldestFirst, preview } from './allocation';

const invoices = [
  { id: 'b', due: '2026-10-01', open: '250.00' },
  { id: 'a', due: '2026-09-01', open: '100.10' },
  { id: 'c', due: '2026-11-01', open: '75.00' },
];

describe('preview of an allocation', () => {
  it('says what settles, what is left and what stays on account', () => {
    const shown = preview(
      '400.00',
      'EUR',
      invoices,
      new Map([
        ['a', '100.10'],
        ['b', '200.00'],
      ]),
    );
    expect(shown.lines).toEqual([
      { id: 'b', amount: '200.00', left: '50.00', settles: false, tooMuch: false },
      { id: 'a', amount: '100.10', left: '0.00', settles: true, tooMuch: false },
    ]);
    expect(shown).toMatchObject({ applied: '300.10', rest: '99.90', possible: true });
  });

  it('refuses more than is open on an invoice', () => {
    const shown = preview('400.00', 'EUR', invoices, new Map([['c', '75.01']]));
    expect(shown.lines[0]?.tooMuch).toBe(true);
    expect(shown.possible).toBe(false);
  });

  it('refuses more than came in', () => {
    const shown = preview('100.00', 'EUR', invoices, new Map([['b', '100.01']]));
    expect(shown.rest).toBe('-0.01');
    expect(shown.possible).toBe(false);
  });

  it('is not possible with nothing chosen', () => {
    expect(preview('100.00', 'EUR', invoices, new Map()).possible).toBe(false);
  });

  it('does not count an invoice that is not there', () => {
    expect(preview('100.00', 'EUR', invoices, new Map([['x', '5.00']]))).toMatchObject({
      applied: '0.00',
      rest: '100.00',
    });
  });
});

describe('oldest first', () => {
  it('pays by due date and the last in part', () => {
    expect([...oldestFirst('200.00', 'EUR', invoices)]).toEqual([
      ['a', '100.10'],
      ['b', '99.90'],
    ]);
  });

  it('never gives more than there is or than is open', () => {
    expect([...oldestFirst('0.00', 'EUR', invoices)]).toEqual([]);
    const all = oldestFirst('9999.00', 'EUR', invoices);
    expect(preview('9999.00', 'EUR', invoices, all)).toMatchObject({
      applied: '425.10',
      rest: '9573.90',
      possible: true,
    });
  });
});
