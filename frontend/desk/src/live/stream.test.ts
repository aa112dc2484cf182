import { describe, expect, it, vi } from 'vitest';
import { parseEntry } from './LiveProvider';
import { EventParser, follow, type LiveEvent } from './stream';

const whole = 'id: 7\nevent: entry\ndata: {"a":1}\ndata: {"b":2}\n\n: still here\n\nid: 8\r\ndata: x\r\n\r\n';
const wanted: LiveEvent[] = [
  { id: '7', type: 'entry', data: '{"a":1}\n{"b":2}' },
  { id: '8', type: 'message', data: 'x' },
];

describe('event parser', () => {
  it('gives the same events wherever the stream is cut', () => {
    for (let cut = 0; cut <= whole.length; cut++) {
      const parser = new EventParser();
      expect(
        [...parser.push(whole.slice(0, cut)), ...parser.push(whole.slice(cut))],
        `cut at ${cut}`,
      ).toEqual(wanted);
    }
  });

  it('gives nothing for an event that is not finished', () => {
    expect(new EventParser().push('id: 1\ndata: half')).toEqual([]);
  });
});

describe('entries', () => {
  it('takes an entry and nothing else', () => {
    expect(parseEntry('{"seq":1,"kind":"receipt.recorded","actor":{"kind":"provider","name":""}}')?.seq).toBe(
      1,
    );
    expect(parseEntry('{"seq":1}')).toBeUndefined();
    expect(parseEntry('null')).toBeUndefined();
    expect(parseEntry('nonsense')).toBeUndefined();
  });
});

describe('following', () => {
  it('sends the token in a header only, and the last id when it comes back', async () => {
    vi.useFakeTimers();
    const requests: { url: string; headers: Record<string, string> }[] = [];
    const stop = new AbortController();
    const events: string[] = [];
    const states: string[] = [];
    vi.stubGlobal('fetch', async (url: string, init: { headers: Record<string, string> }) => {
      requests.push({ url, headers: init.headers });
      if (requests.length === 1) return new Response(whole);
      stop.abort();
      throw new Error('down');
    });
    const done = follow({
      url: '/api/v1/events',
      token: () => 'secret',
      onEvent: (event) => events.push(event.id),
      onState: (state) => states.push(state),
      signal: stop.signal,
    });
    await vi.advanceTimersByTimeAsync(1_500);
    await done;
    vi.useRealTimers();
    vi.unstubAllGlobals();
    expect(events).toEqual(['7', '8']);
    expect(requests[0]).toEqual({
      url: '/api/v1/events',
      headers: { Accept: 'text/event-stream', Authorization: 'Bearer secret' },
    });
    expect(requests[1]?.headers['Last-Event-ID']).toBe('8');
    expect(states).toEqual(['connecting', 'live', 'waiting', 'connecting']);
  });
});
