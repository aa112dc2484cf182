import { expect, it, vi } from 'vitest';
import { Preferences } from './preferences';

it('writes the last of several changes, once they have come to rest, and null for what is forgotten', async () => {
  vi.useFakeTimers();
  const write = vi.fn(async () => {});
  const preferences = new Preferences({ 'grid.old': [1] }, write);
  preferences.set('grid.a', [1]);
  preferences.set('grid.a', [2]);
  preferences.set('grid.old', undefined);
  expect([preferences.get('grid.a'), preferences.get('grid.old')]).toEqual([[2], undefined]);
  expect(write).not.toHaveBeenCalled();
  await vi.runAllTimersAsync();
  expect(write.mock.calls).toEqual([
    ['grid.a', [2]],
    ['grid.old', null],
  ]);
  await preferences.flush();
  expect(write).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});
