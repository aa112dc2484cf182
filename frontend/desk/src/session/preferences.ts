// The desk's settings that belong to a user and not to a computer: how grids were left. The program keeps them (up to
// 64 KB each), so that they are the same in another browser. They are read once, when the desk opens, and written in
// the background.

import { api, ok } from '@/api/client';
import { toastError } from '@/ui/toast';

const REST_MS = 500;

type Write = (name: string, value: unknown) => Promise<unknown>;

const put: Write = (name, value) =>
  ok(
    api.PUT('/api/v1/auth/preferences/{name}', { params: { path: { name } }, body: value, keepalive: true }),
  );

/** Preferences are one user's settings by name; damaged or foreign content is for the reader to refuse. */
export class Preferences {
  private unsaved = new Map<string, unknown>();
  private timer?: ReturnType<typeof setTimeout>;

  constructor(
    private readonly kept: Record<string, unknown> = {},
    private readonly write: Write = put,
  ) {}

  get(name: string): unknown {
    return this.kept[name];
  }

  /** set keeps a setting; it is written when changes have come to rest. Undefined forgets it. */
  set(name: string, value: unknown) {
    if (value === undefined) delete this.kept[name];
    else this.kept[name] = value;
    this.unsaved.set(name, value ?? null);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), REST_MS);
  }

  /** flush writes what has not been written yet: also when the page is left. */
  async flush() {
    clearTimeout(this.timer);
    const changed = [...this.unsaved];
    this.unsaved.clear();
    try {
      await Promise.all(changed.map(([name, value]) => this.write(name, value)));
    } catch (error) {
      toastError(error);
    }
  }
}

/** loadPreferences reads the signed-in user's settings. */
export const loadPreferences = async () => new Preferences(await ok(api.GET('/api/v1/auth/preferences')));
