import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { draw } from '../../test/render';
import Palette from './Palette';
import { openPalette, palette } from './store';

afterEach(() => {
  act(() => palette.close());
  vi.unstubAllGlobals();
});

function answering(items: unknown[]) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(new URL(request.url).searchParams.get('q') ?? '');
    return Response.json({ items, next_cursor: '' });
  });
  return asked;
}

const placeholder = /^Zoek een klant/;

describe('palette', () => {
  it('shows what the program found before the commands', async () => {
    const asked = answering([
      { type: 'customer', id: 'cus_1', title: 'Ontbijtcafé', subtitle: '10030', score: 1 },
    ]);
    await draw(<Palette />);
    act(openPalette);
    await userEvent.type(await screen.findByPlaceholderText(placeholder), 'ontv');
    expect(await screen.findByText('Ontbijtcafé')).toBeVisible();
    expect(screen.getByText('Boek een ontvangst')).toBeVisible();
    await waitFor(() => expect(asked.at(-1)).toBe('ontv'));
  });

  it('does not offer what the user may not do', async () => {
    answering([]);
    await draw(<Palette />, []);
    act(openPalette);
    await userEvent.type(await screen.findByPlaceholderText(placeholder), 'boek');
    expect(await screen.findByText(/^Niets gevonden/)).toBeVisible();
    expect(screen.queryByText('Boek een ontvangst')).toBeNull();
  });
});
