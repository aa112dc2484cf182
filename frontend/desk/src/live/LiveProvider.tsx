// What happens in the books reaches the desk as it happens. Every event makes what is on screen load again, at most
// once in a while; the latest ones are kept for the bell.

import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { bearer, type Schemas } from '@/api/client';
import { follow, type StreamState } from './stream';

export type LiveEntry = Schemas['Event'];

interface Live {
  state: StreamState;
  /** Goes up when what is shown may have changed. */
  version: number;
  latest: LiveEntry[];
}

const LiveContext = createContext<Live>({ state: 'connecting', version: 0, latest: [] });
const ListenersContext = createContext<Set<(entry: LiveEntry) => void>>(new Set());

const REFRESH_MS = 350;
const KEPT = 30;

/** parseEntry reads the data of a stream event; undefined for what is not an entry of the journal. */
export function parseEntry(data: string): LiveEntry | undefined {
  try {
    const parsed: unknown = JSON.parse(data);
    const entry = parsed as LiveEntry;
    return typeof parsed === 'object' &&
      parsed !== null &&
      typeof entry.kind === 'string' &&
      typeof entry.seq === 'number' &&
      typeof entry.actor === 'object'
      ? entry
      : undefined;
  } catch {
    return undefined;
  }
}

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<StreamState>('connecting');
  const [version, setVersion] = useState(0);
  const [latest, setLatest] = useState<LiveEntry[]>([]);
  const listeners = useRef(new Set<(entry: LiveEntry) => void>());

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wasDown = false;
    const refresh = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setVersion((n) => n + 1);
        void client.invalidateQueries();
      }, REFRESH_MS);
    };
    void follow({
      url: '/api/v1/events',
      token: bearer,
      signal: stop.signal,
      onState: (next) => {
        setState(next);
        if (next === 'waiting') wasDown = true;
        if (next === 'live' && wasDown) {
          wasDown = false;
          refresh(); // something may have happened while nobody was listening
        }
      },
      onEvent: ({ type, data }) => {
        if (type === 'hello') return;
        refresh();
        const entry = parseEntry(data);
        if (!entry) return;
        setLatest((kept) => [entry, ...kept].slice(0, KEPT));
        for (const listener of listeners.current) listener(entry);
      },
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [client]);

  const live = useMemo(() => ({ state, version, latest }), [state, version, latest]);
  return (
    <ListenersContext.Provider value={listeners.current}>
      <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
    </ListenersContext.Provider>
  );
}

export const useLive = () => useContext(LiveContext);
export const useLiveVersion = () => useContext(LiveContext).version;

/** useLiveEntry calls back for every entry that arrives while the component is shown. */
export function useLiveEntry(callback: (entry: LiveEntry) => void) {
  const listeners = useContext(ListenersContext);
  const current = useRef(callback);
  current.current = callback;
  useEffect(() => {
    const listener = (entry: LiveEntry) => current.current(entry);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, [listeners]);
}
