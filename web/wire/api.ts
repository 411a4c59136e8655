/* The HTTP side of the wire: session, commands, media. One function per address; every answer is either the value, a
   refusal of the domain, or a reason why the server could not be asked. Nothing here throws for an answer. */
import type { AnyCommand } from './commands.ts';
import type { Me, Refusal } from './types.ts';

/** An answer that takes longer counts as "server away"; the record will tell whether it arrived. */
export const ANSWER_MS = 8_000;

export type Answer<T> =
  | { readonly outcome: 'done'; readonly value: T }
  | { readonly outcome: 'refused'; readonly status: number; readonly refusal: Refusal }
  | { readonly outcome: 'signed_out' }
  | { readonly outcome: 'away' };

/** Where the door stands when a command went through. */
export interface Accepted {
  readonly position?: number;
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
  if (response.status === 401) return { outcome: 'signed_out' };
  if (response.status >= 500) return { outcome: 'away' };
  const text = await response.text();
  let value: unknown = null;
  try {
    value = text === '' ? null : JSON.parse(text);
  } catch {
    return { outcome: 'away' };
  }
  if (response.ok) return { outcome: 'done', value: value as T };
  return { outcome: 'refused', status: response.status, refusal: refusalOf(value) };
}

function refusalOf(value: unknown): Refusal {
  if (value === null || typeof value !== 'object' || !('reason' in value)) return UNEXPLAINED;
  const { reason, details } = value as { reason: unknown; details?: unknown };
  if (typeof reason !== 'string') return UNEXPLAINED;
  const known = details !== null && typeof details === 'object' ? (details as Refusal['details']) : {};
  return { reason, details: known };
}

/** A new id for a command. The same id sent twice leads to one event, so a retry is always safe. */
export function commandId(): string {
  return crypto.randomUUID();
}

export interface CommandRequest {
  readonly id: string;
  readonly command: AnyCommand;
  /** When the person did it, by the server's clock as this device knew it; absent means now. */
  readonly occurred_at?: string;
}

export const api = {
  me: (): Promise<Answer<Me>> => ask('GET', '/api/session'),
  signIn: (name: string, password: string): Promise<Answer<Me>> => ask('POST', '/api/session', { name, password }),
  signOut: (): Promise<Answer<null>> => ask('DELETE', '/api/session'),
  command: (request: CommandRequest): Promise<Answer<Accepted>> => ask('POST', '/api/commands', request),
  media: (call: string, sdp: string): Promise<Answer<{ sdp: string }>> =>
    ask('POST', `/api/calls/${encodeURIComponent(call)}/media`, { sdp }),
};
