// Keyboard shortcuts: one registry, one listener. A page registers its keys while it is shown; the help dialog lists
// what is registered, so that the list is never wrong. Single-letter keys can be switched off (WCAG 2.1.4) and are
// never taken from somebody who types in a field.

import { useEffect, useRef, useSyncExternalStore } from 'react';

export type KeyGroup = 'go' | 'everywhere' | 'page';

export interface Shortcut {
  /** "mod+k", "mod+\\", "?", "j", or a sequence "g k". */
  keys: string;
  /** What it does, in the reader's language. */
  label: string;
  group: KeyGroup;
  run: () => void;
}

const STORED = 'voldaan.letterKeys';
const SEQUENCE_MS = 900;

let registered: readonly Shortcut[] = [];
const listeners = new Set<() => void>();

function publish(next: readonly Shortcut[]) {
  registered = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** letterKeys says whether shortcuts without Ctrl are on. */
export const letterKeys = () => localStorage.getItem(STORED) !== 'off';

/** setLetterKeys switches the shortcuts without Ctrl. */
export function setLetterKeys(on: boolean) {
  localStorage.setItem(STORED, on ? 'on' : 'off');
  publish([...registered]);
}

/** comboOf names what was pressed as shortcuts are written: "mod+k", "j", "?". */
export function comboOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.ctrlKey || event.metaKey ? 'mod+' : ''}${event.altKey ? 'alt+' : ''}${key}`;
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest('input, textarea, select, [role="combobox"]') !== null)
  );
}

const dialogOpen = () => document.querySelector('[role="dialog"][aria-modal="true"]') !== null;

let pending = '';
let pendingAt = 0;

/** press handles one key press and says whether a shortcut took it. Exported for tests. */
export function press(event: KeyboardEvent, now = event.timeStamp): boolean {
  if (event.defaultPrevented || event.isComposing) return false;
  const combo = comboOf(event);
  const withMod = combo.includes('mod+');
  if (!withMod && (!letterKeys() || typing(event.target) || dialogOpen())) return false;
  const sequence = pending && now - pendingAt < SEQUENCE_MS ? `${pending} ${combo}` : '';
  pending = '';
  // The newest registration wins: a page's own key before a general one.
  const find = (keys: string) => registered.findLast((shortcut) => shortcut.keys === keys);
  const found = (sequence && find(sequence)) || find(combo);
  if (found) {
    event.preventDefault();
    found.run();
    return true;
  }
  if (registered.some((shortcut) => shortcut.keys.startsWith(`${combo} `))) {
    pending = combo;
    pendingAt = now;
  }
  return false;
}

/** useKeyListener listens for all shortcuts; used once, by the shell. */
export function useKeyListener() {
  useEffect(() => {
    const listener = (event: KeyboardEvent) => press(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
}

/** useKeys registers shortcuts while the component is shown. Handlers may change between renders. */
export function useKeys(shortcuts: Shortcut[]) {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  const shape = shortcuts.map((shortcut) => `${shortcut.keys}\u0000${shortcut.label}`).join('\u0001');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape stands for the shortcuts; handlers go through the ref
  useEffect(() => {
    const mine = current.current.map((shortcut, index) => ({
      ...shortcut,
      run: () => current.current[index]?.run(),
    }));
    publish([...registered, ...mine]);
    return () => publish(registered.filter((shortcut) => !mine.includes(shortcut)));
  }, [shape]);
}

/** useRegisteredKeys is all shortcuts that work now, for the help dialog. */
export function useRegisteredKeys(): readonly Shortcut[] {
  return useSyncExternalStore(subscribe, () => registered);
}
