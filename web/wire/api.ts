/* The HTTP side of the wire: session, commands, media. One function per address; every answer is either the value, a
   refusal of the domain, or a reason why the server could not be asked. Nothing here throws for an answer. */
import type { AnyCommand } from './commands.ts';
import type { Refusal, Session } from './types.ts';

/** An answer that takes longer counts as "server away"; the record will tell whether it arrived. */
export const ANSWER_MS = 8_000;

export type Answer<T> =
  | { readonly outcome: 'done'; readonly value: T }
  | { readonly outcome: 'refused'; readonly status: number; readonly refusal: Refusal }
  | { readonly outcome: 'signed_out'; readonly refusal?: Refusal }
  | { readonly outcome: 'away'; readonly refusal?: Refusal };

/** Where the door stands when a command went through. */
export interface Accepted {
  readonly outcome: 'done';
  readonly events: readonly string[];
  readonly repeated?: boolean;
  /** The journal's; absent while the switch spools. */
  readonly position?: number;
  /** The short number of an incident that was opened. */
  readonly number?: number;
  /** Fields of the command that a server of another version does not know: what they asked is not done. */
  readonly unread?: readonly string[];
}

const UNEXPLAINED: Refusal = { reason: 'refused.unexplained', details: {} };

function cookie(name: string): string {
  const found = document.cookie.split('; ').find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
}

export async function ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET') headers['X-Kentongan-Csrf'] = cookie('kentongan_csrf');
  const init: RequestInit = { method, headers, credentials: 'same-origin', signal: AbortSignal.timeout(ANSWER_MS) };
  if (body !== undefined) init.body = JSON.stringify(body);
  try {
    return await understand<T>(await fetch(path, init));
  } catch {
    return { outcome: 'away' };
  }
}

async function understand<T>(response: Response): Promise<Answer<T>> {
  const text = await response.text();
  let value: unknown = null;
  try {
    value = text === '' ? null : JSON.parse(text);
  } catch {
    return { outcome: 'away' };
  }
  if (response.ok) return { outcome: 'done', value: value as T };
  const refusal = refusalOf(value);
  if (response.status === 401) return { outcome: 'signed_out', refusal };
  if (response.status >= 500) return { outcome: 'away', refusal };
  return { outcome: 'refused', status: response.status, refusal };
}

function refusalOf(value: unknown): Refusal {
  if (value === null || typeof value !== 'object' || !('reason' in value)) return UNEXPLAINED;
  const { reason, details, message } = value as { reason: unknown; details?: unknown; message?: unknown };
  if (typeof reason !== 'string') return UNEXPLAINED;
  const known = details !== null && typeof details === 'object' ? (details as Refusal['details']) : {};
  const said = message !== null && typeof message === 'object' ? (message as NonNullable<Refusal['message']>) : null;
  return said ? { reason, details: known, message: said } : { reason, details: known };
}

/** A new id for a command. The same id sent twice leads to one event, so a retry is always safe. */
export function commandId(): string {
  return crypto.randomUUID();
}

export interface CommandRequest {
  readonly id: string;
  readonly command: AnyCommand;
  /** How long ago the person did it, in seconds, measured on this device; absent means now. */
  readonly age_s?: number;
  /** Whose it is: while somebody else is signed in in this browser, nobody's. Absent means whoever is signed in. */
  readonly agent?: string;
}

export const api = {
  session: (): Promise<Answer<Session>> => ask('GET', '/api/session'),
  signIn: (name: string, password: string, new_password?: string): Promise<Answer<Session>> => ask('POST', '/api/session', { name, password, new_password }),
  signOut: (): Promise<Answer<unknown>> => ask('DELETE', '/api/session'),
  command: (request: CommandRequest): Promise<Answer<Accepted>> => ask('POST', '/api/commands', request),
  /** Offers a desk's audio for a call; `restart` when only the network of this desk changed. */
  media: (call: string, desk: string, sdp: string, restart: boolean, page: string): Promise<Answer<{ sdp: string }>> =>
    ask('POST', `/api/calls/${encodeURIComponent(call)}/media`, { sdp, desk, restart, page }),
};
