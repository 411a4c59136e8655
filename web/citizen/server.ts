/* The citizen's side of the wire: one function per address, no session, the call's key in every request. Nothing here
   throws for an answer: it is the value, a no with its reason, or nobody was there. */
import type { components } from '../wire/schema.ts';

export type Shown = components['schemas']['CitizenCallShown'];
export type Ring = components['schemas']['CitizenRing'];
export type Place = components['schemas']['CitizenPlace'];

/** An answer that takes longer counts as "nobody there"; every request may be sent again. */
export const ANSWER_MS = 6_000;

export type Answer<T> =
  | { readonly outcome: 'done'; readonly value: T }
  | { readonly outcome: 'refused'; readonly status: number; readonly reason: string }
  | { readonly outcome: 'away' };

/** What the page is told before it rings. */
export interface PageFacts {
  readonly number: string;
  readonly city: string;
  readonly training: boolean;
  readonly ice: readonly RTCIceServer[];
}

export interface Server {
  page(): Promise<Answer<PageFacts>>;
  ring(asked: Ring): Promise<Answer<Shown>>;
  media(call: string, key: string, sdp: string, restart: boolean): Promise<Answer<{ sdp: string }>>;
  place(call: string, key: string, place: Place): Promise<Answer<unknown>>;
  text(call: string, key: string, text: string): Promise<Answer<Shown>>;
  state(call: string, key: string, since: number): Promise<Answer<Shown>>;
  end(call: string, key: string): Promise<Answer<unknown>>;
}

export const server: Server = {
  page: () => ask('GET', ''),
  ring: (asked) => ask('POST', '/calls', asked),
  media: (call, key, sdp, restart) => ask('POST', `/calls/${call}/media`, { key, sdp, restart }),
  place: (call, key, place) => ask('POST', `/calls/${call}/place`, { key, place }),
  text: (call, key, text) => ask('POST', `/calls/${call}/text`, { key, text }),
  state: (call, key, since) => ask('POST', `/calls/${call}/state`, { key, since }),
  end: (call, key) => ask('POST', `/calls/${call}/end`, { key }, true), // whoever hangs up closes the page next
};

/** What `outlives` the page is sent to its end also when the page is closed meanwhile. */
async function ask<T>(method: string, path: string, body?: unknown, outlives = false): Promise<Answer<T>> {
  const giving_up = new AbortController(); // older telephones have no AbortSignal.timeout
  const timer = setTimeout(() => giving_up.abort(), ANSWER_MS);
  const init: RequestInit = { method, signal: giving_up.signal, cache: 'no-store', keepalive: outlives };
  if (body !== undefined) {
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  try {
    const response = await fetch(`/api/citizen${path}`, init);
    const value: unknown = await response.json();
    if (response.ok) return { outcome: 'done', value: value as T };
    if (response.status >= 500) return { outcome: 'away' };
    const { reason } = value as { reason?: unknown };
    return { outcome: 'refused', status: response.status, reason: typeof reason === 'string' ? reason : '' };
  } catch {
    return { outcome: 'away' };
  } finally {
    clearTimeout(timer);
  }
}
