import { fireEvent, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { comboOf, type Shortcut, setLetterKeys, useKeyListener, useKeys } from './keys';

function Page({ shortcuts }: { shortcuts: Shortcut[] }) {
  useKeyListener();
  useKeys(shortcuts);
  return <input aria-label="field" />;
}

const shortcut = (keys: string, run: () => void): Shortcut => ({ keys, label: keys, group: 'page', run });

describe('shortcuts', () => {
  it('names what was pressed', () => {
    expect(comboOf({ key: 'K', ctrlKey: true, metaKey: false, altKey: false })).toBe('mod+k');
    expect(comboOf({ key: '?', ctrlKey: false, metaKey: false, altKey: false })).toBe('?');
  });

  it('runs keys, sequences and the newest registration', () => {
    const [j, go, general, own] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
    render(
      <Page
        shortcuts={[shortcut('j', j), shortcut('g c', go), shortcut('n', general), shortcut('n', own)]}
      />,
    );
    fireEvent.keyDown(document.body, { key: 'j' });
    fireEvent.keyDown(document.body, { key: 'g' });
    fireEvent.keyDown(document.body, { key: 'c' });
    fireEvent.keyDown(document.body, { key: 'n' });
    expect(j).toHaveBeenCalledOnce();
    expect(go).toHaveBeenCalledOnce();
    expect(general).not.toHaveBeenCalled();
    expect(own).toHaveBeenCalledOnce();
  });

  it('takes no letters from somebody who types, but Ctrl+K works there', () => {
    const [j, palette] = [vi.fn(), vi.fn()];
    render(<Page shortcuts={[shortcut('j', j), shortcut('mod+k', palette)]} />);
    fireEvent.keyDown(screen.getByLabelText('field'), { key: 'j' });
    fireEvent.keyDown(screen.getByLabelText('field'), { key: 'k', ctrlKey: true });
    expect(j).not.toHaveBeenCalled();
    expect(palette).toHaveBeenCalledOnce();
  });

  it('can be switched off, and ends with its page', () => {
    const j = vi.fn();
    const { unmount } = render(<Page shortcuts={[shortcut('j', j)]} />);
    setLetterKeys(false);
    fireEvent.keyDown(document.body, { key: 'j' });
    setLetterKeys(true);
    unmount();
    fireEvent.keyDown(document.body, { key: 'j' });
    expect(j).not.toHaveBeenCalled();
  });
});
