// Files that were dropped or opened somewhere in the desk and wait for the import page to read them.

import type { NativeFile } from '@/native/native';

let waiting: NativeFile[] = [];
const listeners = new Set<() => void>();

/** offerFiles hands files to the import page, now or when it is next shown. */
export function offerFiles(files: NativeFile[]) {
  waiting = [...waiting, ...files];
  for (const listener of listeners) listener();
}

/** takeFiles gives the waiting files, once. */
export function takeFiles(): NativeFile[] {
  const taken = waiting;
  waiting = [];
  return taken;
}

/** onFiles calls back when files are offered. */
export function onFiles(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
