/* The session as this device keeps it for a reload without a network: whose it is, by id and name only, and how far the
   device's clock is from the server's, so that the page goes on by the right hour. */
import type { Session } from '../wire/types.ts';

/** `skew_ms`: server minus device, in milliseconds. */
export function written(session: Session, skew_ms: number): string {
  return JSON.stringify({ ...session, csrf: '', skew_ms });
}

/** Null where nothing readable is kept. `now`: the device's clock, in milliseconds. */
export function readAgain(kept: string | null, now: number): Session | null {
  try {
    const { skew_ms = 0, ...session } = JSON.parse(kept ?? '') as Session & { readonly skew_ms?: number };
    return { ...session, at: new Date(now + skew_ms).toISOString() };
  } catch {
    return null;
  }
}
