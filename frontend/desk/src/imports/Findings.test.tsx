import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { draw } from '../../test/render';
import { Findings } from './Findings';

const finding = {
  sheet: 'Blad1',
  row: 17,
  column: 'Verv.dat',
  value: '31-02-2026',
  code: 'import.date',
  message: '"31-02-2026" is not a date.',
  expected: 'a date',
  repair: 'Correct the cell.',
};

describe('refused rows', () => {
  it('names row, column and value, and says in Dutch what is wrong', async () => {
    await draw(<Findings read={{ rejected: 3, findings: [finding] }} />);
    expect(await screen.findByRole('heading', { name: '3 geweigerde rijen' })).toBeVisible();
    for (const text of ['17', 'Verv.dat', '31-02-2026', 'Dit is geen datum.'])
      expect(screen.getByText(text)).toBeVisible();
    expect(screen.getByText('En nog 2; allemaal staan ze in de download.')).toBeVisible();
  });

  it('shows a code that nobody translated in the program’s own words', async () => {
    await draw(
      <Findings read={{ rejected: 1, findings: [{ ...finding, code: 'import.brand_new', value: '' }] }} />,
    );
    expect(await screen.findByText('"31-02-2026" is not a date.')).toBeVisible();
    expect(screen.getByText('Correct the cell.')).toBeVisible();
    expect(screen.getByText('leeg')).toBeVisible();
  });
});
