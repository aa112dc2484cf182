import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it } from 'vitest';
import type { Schemas } from '@/api/client';
import { draw } from '../../test/render';
import { AllocationTable } from './AllocationTable';

const row = (id: string, number: string, due: string, open: string, days_late: number) =>
  ({ id, number, due, open, days_late, currency: 'EUR', type: 'invoice' }) as Schemas['InvoiceRow'];

const invoices = [
  row('a', '2026-0001', '2026-11-10', '100.00', 12),
  row('b', '2026-0002', '2026-12-01', '250.50', -9),
];

function Choosing({ available }: { available: string }) {
  const [amounts, setAmounts] = useState(new Map<string, string>());
  return (
    <div data-testid="drawn">
      <AllocationTable
        available={available}
        currency="EUR"
        invoices={invoices}
        amounts={amounts}
        onChange={setAmounts}
      />
    </div>
  );
}

const sum = () => screen.getByRole('status').textContent?.replace(/\s/g, ' ');

describe('choosing what a payment pays', () => {
  it('fills in what fits when an invoice is ticked, and says what is left', async () => {
    await draw(<Choosing available="150.00" />);
    await userEvent.click(screen.getByLabelText('Betaalt 2026-0001'));
    await userEvent.click(screen.getByLabelText('Betaalt 2026-0002'));
    expect(screen.getByLabelText('Bedrag voor 2026-0001')).toHaveValue('100,00');
    expect(screen.getByLabelText('Bedrag voor 2026-0002')).toHaveValue('50,00');
    expect(sum()).toBe('Afgeletterd € 150,00Blijft als tegoed € 0,00');
    const [, first, second] = screen.getAllByRole('row');
    expect(within(first as HTMLElement).getByText('Voldaan')).toBeVisible();
    expect(within(second as HTMLElement).getByText('200,50')).toBeVisible();
  });

  it('reads a typed amount as Dutch and refuses more than is open', async () => {
    await draw(<Choosing available="1000.00" />);
    const field = screen.getByLabelText('Bedrag voor 2026-0001');
    await userEvent.type(field, '99,95');
    expect(sum()).toBe('Afgeletterd € 99,95Blijft als tegoed € 900,05');
    await userEvent.clear(field);
    await userEvent.type(field, '100,01');
    expect(screen.getByText('meer dan open')).toBeVisible();
  });

  it('says so when more is divided than came in', async () => {
    await draw(<Choosing available="10.00" />);
    await userEvent.type(screen.getByLabelText('Bedrag voor 2026-0002'), '10,01');
    expect(sum()).toBe('Afgeletterd € 10,01Te veel verdeeld € 0,01');
  });

  it('pays the oldest first', async () => {
    await draw(<Choosing available="120.00" />);
    await userEvent.click(screen.getByRole('button', { name: 'Oudste eerst' }));
    expect(screen.getByLabelText('Bedrag voor 2026-0001')).toHaveValue('100,00');
    expect(screen.getByLabelText('Bedrag voor 2026-0002')).toHaveValue('20,00');
  });
});
