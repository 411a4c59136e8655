/* Which position a crew may send as the true place: one of now, not the last one that the telephone happened to have. */
import type { Fix } from '../wire/rows.ts';

/** An older position does not say where the crew stands; the core makes no alias of it either. */
const FRESH_S = 60;

/** How old the position is, in whole seconds, by the server's clock; null when it says nothing about now. */
export function freshAge(fix: Fix | null, now: number): number | null {
  if (!fix) return null;
  const age_s = Math.max(0, Math.round((now - Date.parse(fix.at)) / 1000));
  return age_s <= FRESH_S ? age_s : null;
}
