// Server-sent events over fetch. EventSource cannot send an Authorization header, and the token is never put in an
// address, so the stream is read by hand: lines into events, with the last id sent back when the connection returns.

export interface LiveEvent {
  id: string;
  type: string;
  data: string;
}

/** EventParser turns pieces of a text/event-stream body into events, wherever the pieces are cut. */
export class EventParser {
  private rest = '';
  private id = '';
  private type = '';
  private data: string[] = [];

  push(piece: string): LiveEvent[] {
    const events: LiveEvent[] = [];
    this.rest += piece;
    for (;;) {
      // A carriage return at the very end may be half of a pair: wait for the next piece.
      const match = /\r\n|\n|\r(?!$)/.exec(this.rest);
      if (!match) return events;
      const line = this.rest.slice(0, match.index);
      this.rest = this.rest.slice(match.index + match[0].length);
      const event = this.line(line);
      if (event) events.push(event);
    }
  }

  private line(line: string): LiveEvent | undefined {
    if (line === '') return this.dispatch();
    if (line.startsWith(':')) return undefined;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') this.id = value;
    else if (field === 'event') this.type = value;
    else if (field === 'data') this.data.push(value);
    return undefined;
  }

  private dispatch(): LiveEvent | undefined {
    if (this.data.length === 0) {
      this.type = '';
      return undefined;
    }
    const event = { id: this.id, type: this.type || 'message', data: this.data.join('\n') };
    this.type = '';
    this.data = [];
    return event;
  }
}

export type StreamState = 'connecting' | 'live' | 'waiting';

interface StreamOptions {
  url: string;
  token: () => string | undefined;
  onEvent: (event: LiveEvent) => void;
  onState: (state: StreamState) => void;
  signal: AbortSignal;
}

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
/** The server sends a comment every 15 s; a stream that is silent for longer than this is dead. */
const SILENCE = 45_000;

/** follow reads the stream until the signal aborts, and reconnects with a growing wait when it breaks. */
export async function follow(options: StreamOptions): Promise<void> {
  let lastID = '';
  let wait = FIRST_WAIT;
  while (!options.signal.aborted) {
    options.onState('connecting');
    try {
      await readOnce(options, lastID, (event) => {
        lastID = event.id || lastID;
        wait = FIRST_WAIT;
        options.onEvent(event);
      });
    } catch {
      // A broken stream is expected: the computer slept, the server restarted. The wait below is the answer.
    }
    if (options.signal.aborted) return;
    options.onState('waiting');
    await sleep(wait, options.signal);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}

async function readOnce(options: StreamOptions, lastID: string, onEvent: (event: LiveEvent) => void) {
  const stop = new AbortController();
  const abort = () => stop.abort();
  options.signal.addEventListener('abort', abort, { once: true });
  let watchdog = setTimeout(abort, SILENCE);
  try {
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    const token = options.token();
    if (token) headers.Authorization = `Bearer ${token}`;
    if (lastID) headers['Last-Event-ID'] = lastID;
    const response = await fetch(options.url, { headers, signal: stop.signal, cache: 'no-store' });
    if (!response.ok || !response.body) throw new Error(`stream: ${response.status}`);
    options.onState('live');
    const parser = new EventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, SILENCE);
      for (const event of parser.push(value)) onEvent(event);
    }
  } finally {
    clearTimeout(watchdog);
    options.signal.removeEventListener('abort', abort);
    stop.abort();
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
