/* Which position a crew may send as the true place: one of now, not the last one that the telephone happened to have. */
import { age, type Language } from '../ui/format.ts';
import type { Fix } from '../wire/rows.ts';

/** An older position does not say where the crew stands; the core makes no alias of it either. */
const FRESH_S = 60;

const ageOf = (fix: Fix, now: number): number => Math.max(0, Math.round((now - Date.parse(fix.at)) / 1000));

/** The crew's line about its own position: how far off and how old, "GPS ±5 m · 12 dtk"; empty without one. */
export const gpsSaid = (fix: Fix | null, now: number, language: Language): string => (fix ? `GPS ±${Math.round(fix.accuracy_m ?? 0)} m · ${age(ageOf(fix, now), language)}` : '');

/** How old the position is, in whole seconds, by the server's clock; null when it says nothing about now. */
export function freshAge(fix: Fix | null, now: number): number | null {
  if (!fix) return null;
  const age_s = ageOf(fix, now);
  return age_s <= FRESH_S ? age_s : null;
}
