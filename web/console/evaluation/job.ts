/* Work that the server does beside itself: begun, asked after while it goes on, ended when nobody waits for it any more. */
import { ask, type Answer } from '../../wire/api.ts';
import type { Refusal } from '../../wire/types.ts';

export interface Begun {
  readonly job: string;
  readonly upload: string;
}
export interface Job<T> {
  readonly state: 'waiting' | 'working' | 'done' | 'wrong' | 'failed';
  readonly done: number;
  readonly of: number;
  readonly why: string;
  readonly answer: T | null;
}
export type Ended<T> = { readonly outcome: 'done'; readonly value: T } | { readonly outcome: 'wrong' | 'failed'; readonly why: string } | { readonly outcome: 'refused'; readonly refusal: Refusal } | { readonly outcome: 'away' | 'left' };

const AGAIN_MS = 700;
const AWAY_MAX = 10;
/** A file on a slow line. */
const SEND_MS = 300_000;

function csrf(): string {
  const pair = document.cookie.split('; ').find((one) => one.startsWith('kentongan_csrf='));
  return decodeURIComponent(pair?.split('=')[1] ?? '');
}

const pause = (): Promise<void> => new Promise((resume) => setTimeout(resume, AGAIN_MS));

/** Asks until it is over. `wanted` is false once nobody waits; `told` hears how it goes on. */
export async function follow<T>(begun: Answer<Begun>, wanted: () => boolean, told: (job: Job<T>) => void): Promise<Ended<T>> {
  if (begun.outcome !== 'done') return begun.refusal ? { outcome: 'refused', refusal: begun.refusal } : { outcome: 'away' };
  const path = `/api/evaluation/jobs/${encodeURIComponent(begun.value.job)}`;
  /** The page is closed or loaded anew: it has no time left to see that nobody waits. */
  const leave = (): void => void fetch(path, { method: 'DELETE', keepalive: true, credentials: 'same-origin', headers: { 'X-Kentongan-Csrf': csrf() } });
  addEventListener('pagehide', leave);
  try {
    return await asked<T>(path, wanted, told);
  } finally {
    removeEventListener('pagehide', leave);
  }
}

async function asked<T>(path: string, wanted: () => boolean, told: (job: Job<T>) => void): Promise<Ended<T>> {
  for (let away = 0; away < AWAY_MAX; ) {
    await pause();
    if (!wanted()) {
      void ask('DELETE', path);
      return { outcome: 'left' };
    }
    const answer = await ask<Job<T>>('GET', path);
    if (answer.outcome === 'done') {
      away = 0;
      const job = answer.value;
      told(job);
      if (job.state === 'done' && job.answer !== null) return { outcome: 'done', value: job.answer };
      if (job.state === 'wrong' || job.state === 'failed') return { outcome: job.state, why: job.why };
    } else if (answer.outcome === 'away') away += 1;
    else return answer.refusal ? { outcome: 'refused', refusal: answer.refusal } : { outcome: 'away' };
  }
  return { outcome: 'away' };
}

/** Sends a file of another centre; the answer is like that of any other address. */
export async function sendFile(file: File): Promise<Answer<Begun>> {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/octet-stream', 'X-Kentongan-Csrf': csrf() };
  try {
    const path = `/api/evaluation/imports?name=${encodeURIComponent(file.name)}`;
    const response = await fetch(path, { method: 'POST', headers, body: file, credentials: 'same-origin', signal: AbortSignal.timeout(SEND_MS) });
    const value: unknown = await response.json();
    if (response.ok) return { outcome: 'done', value: value as Begun };
    return response.status >= 500 ? { outcome: 'away', refusal: value as Refusal } : { outcome: 'refused', status: response.status, refusal: value as Refusal };
  } catch {
    return { outcome: 'away' };
  }
}
