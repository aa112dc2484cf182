// The desk's only way to the program: the generated client on relative addresses, with the bearer token in a header.
// Answers that are not good become ApiError, which carries the code and the words that are safe to show.

import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** ApiError is an answer that says no. Status 0 is "no answer at all". */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly fields: { field: string; message: string }[] = [],
    /** The values in the detail, by name, for translations. */
    readonly params: Record<string, string> = {},
  ) {
    super(detail);
    this.name = 'ApiError';
  }
}

const STORED = 'voldaan.token';

let token = sessionStorage.getItem(STORED) ?? undefined;
const dropped = new Set<() => void>();

/** bearer is the token of this tab. It lives in memory and in the tab's session storage, never in a cookie. */
export const bearer = () => token;

/** keepToken begins a session in this tab; undefined ends it. */
export function keepToken(next: string | undefined) {
  token = next;
  if (next) sessionStorage.setItem(STORED, next);
  else sessionStorage.removeItem(STORED);
}

/** onDropped calls back when the program does not accept the token any more. */
export function onDropped(callback: () => void): () => void {
  dropped.add(callback);
  return () => {
    dropped.delete(callback);
  };
}

export const api = createClient<paths>({
  baseUrl: window.location.origin === 'null' ? '' : window.location.origin,
  fetch: (request) => fetch(request),
});

api.use({
  onRequest({ request }) {
    if (token) request.headers.set('Authorization', `Bearer ${token}`);
    return request;
  },
  onResponse({ request, response }) {
    const ours = request.headers.get('Authorization') === `Bearer ${token}`;
    if (response.status === 401 && token && ours) {
      keepToken(undefined);
      for (const callback of dropped) callback();
    }
    return undefined;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** toApiError reads a problem+json body; anything else becomes an error with the status alone. */
export function toApiError(status: number, body: unknown): ApiError {
  if (typeof body !== 'object' || body === null) return new ApiError(status, 'http', '');
  const problem = body as Partial<Schemas['Problem']>;
  const fields = (problem.fields ?? []).map(({ name, message }) => ({ field: name, message }));
  return new ApiError(
    status,
    problem.code ?? 'http',
    problem.detail ?? problem.title ?? '',
    fields,
    problem.params,
  );
}

/** ok waits for a call and gives its data, or throws ApiError. */
export async function ok<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'offline', '');
  }
  if (!answer.response.ok) throw toApiError(answer.response.status, answer.error);
  return answer.data as T;
}

/** idempotency makes the key of one write: a repeated request with it has one effect. */
export function idempotency(): { 'Idempotency-Key': string } {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { 'Idempotency-Key': Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') };
}

/** download fetches a file with the token and hands it to the browser under its own name. */
export async function download(path: string, name: string) {
  const response = await fetch(path, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
  if (!response.ok) throw toApiError(response.status, await response.json().catch(() => undefined));
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
