import { describe, expect, it } from 'vitest';
import type { Schemas } from '@/api/client';
import { missingFields, stageOf, sureness } from './state';

const sheet: Schemas['ImportSheet'] = {
  name: 'Blad1',
  used: true,
  kind: 'invoices',
  header_row: 1,
  rows: 3,
  columns: [
    { index: 0, header: 'Debiteur', field: 'customer_number', confidence: 1, reason: '', samples: [] },
    { index: 1, header: 'Bedrag', field: 'total', confidence: 0.6, reason: '', samples: [] },
  ],
  first_rows: [],
  date_order: 'dmy',
  decimal: 'comma',
  currency: 'EUR',
  skipped: [],
};

const plan = {
  state: 'staged',
  refusal: '',
  created: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  sheets: [sheet],
  fields: [],
} as const;
type Plan = Parameters<typeof stageOf>[0];
const of = (changes: Partial<Plan>): Plan => ({ ...plan, sheets: [sheet], fields: [], ...changes });

describe('stages of an import', () => {
  it.each<[string, Partial<Plan>, ReturnType<typeof stageOf>]>([
    ['is ready when all rows are good', { created: 3 }, 'ready'],
    ['has nothing to do when all is there already', { unchanged: 3 }, 'nothing'],
    ['can be applied in part', { created: 2, rejected: 1 }, 'partly'],
    ['is refused row by row', { rejected: 3 }, 'allRefused'],
    ['has nothing to do beside refused rows', { unchanged: 2, rejected: 1 }, 'nothing'],
    ['is refused as a whole', { refusal: 'Dit is een balans.' }, 'refused'],
    ['is applied', { state: 'applied', created: 3 }, 'applied'],
    ['is taken back', { state: 'undone', created: 3, rejected: 1 }, 'undone'],
  ])('%s', (_, changes, stage) => {
    expect(stageOf(of(changes))).toBe(stage);
  });

  it('asks for the columns before it speaks of a refusal', () => {
    const fields = [
      { name: 'due', kind: 'invoices', required: true },
      { name: 'total', kind: 'invoices', required: true },
      { name: 'payment_date', kind: 'payments', required: true },
    ];
    expect(missingFields(of({ fields }))).toEqual(['due']);
    expect(stageOf(of({ fields, refusal: 'Er is geen vervaldatum.' }))).toBe('map');
  });

  it('puts confidence in words', () => {
    expect([0.95, 0.6, 0.2].map(sureness)).toEqual(['sure', 'likely', 'unsure']);
  });
});
