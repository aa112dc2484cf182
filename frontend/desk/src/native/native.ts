// What only the window can do. The same app runs in a browser and in the window: in a browser every function here
// says that it is not available, and the caller uses the web's own way. The window binds its methods under
// window.go.<package>.<struct>; the struct is found by what it can do, so that a rename over there breaks nothing here.

interface Bridge {
  LocalToken?: () => Promise<string>;
  OpenFiles?: () => Promise<string[]>;
  ReadFile?: (path: string) => Promise<string>;
  OpenFolder?: (path: string) => Promise<void>;
}

interface WailsRuntime {
  EventsOn?: (name: string, callback: (...data: unknown[]) => void) => () => void;
  BrowserOpenURL?: (url: string) => void;
}

declare global {
  interface Window {
    go?: Record<string, Record<string, Bridge>>;
    runtime?: WailsRuntime;
  }
}

function bridge(): Bridge | undefined {
  for (const structs of Object.values(window.go ?? {})) {
    for (const candidate of Object.values(structs)) {
      if (typeof candidate.LocalToken === 'function') return candidate;
    }
  }
  return undefined;
}

/** inWindow says whether the app runs in Voldaan's own window. */
export const inWindow = () => bridge() !== undefined;

/** localToken asks the window for the token of its own local user. */
export async function localToken(): Promise<string | undefined> {
  return (await bridge()?.LocalToken?.()) || undefined;
}

/** A file that the window handed over: its name and its bytes. */
export interface NativeFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

async function readPath(path: string): Promise<NativeFile | undefined> {
  const base64 = await bridge()?.ReadFile?.(path);
  if (base64 === undefined) return undefined;
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return { name: path.split(/[\\/]/).pop() ?? path, bytes };
}

/** openFiles shows the native file dialog; undefined when the window cannot, an empty list when it was cancelled. */
export async function openFiles(): Promise<NativeFile[] | undefined> {
  const paths = await bridge()?.OpenFiles?.();
  if (paths === undefined) return undefined;
  const files = await Promise.all((paths ?? []).map(readPath));
  return files.filter((file) => file !== undefined);
}

/** onDroppedPaths calls back with files dropped on the window. The result stops it. */
export function onDroppedPaths(callback: (files: NativeFile[]) => void): () => void {
  const stop = window.runtime?.EventsOn?.('files:dropped', async (paths) => {
    if (!Array.isArray(paths)) return;
    const files = await Promise.all(paths.map((path) => readPath(String(path))));
    callback(files.filter((file) => file !== undefined));
  });
  return stop ?? (() => {});
}

/** openFolder shows a folder in the computer's file manager. */
export const openFolder = async (path: string) => bridge()?.OpenFolder?.(path);

/** openExternal opens an address outside the app: the window must never navigate away from itself. */
export function openExternal(url: string) {
  if (window.runtime?.BrowserOpenURL && inWindow()) window.runtime.BrowserOpenURL(url);
  else window.open(url, '_blank', 'noopener,noreferrer');
}
