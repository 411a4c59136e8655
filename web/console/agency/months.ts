/* Months of the city's calendar as spans of time. Pure. */
import { midnight } from '../../ui/format.ts';

/** ISO 8601 in UTC; `to` is the first instant after it. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;

/** This month and those before it, the newest first, by the clock of the zone. */
export function monthsBack(now: number, zone: string, count: number): Span[] {
  const found: Span[] = [];
  let to = firstOfNext(now, zone);
  for (let n = 0; n < count; n += 1) {
    const from = firstOf(to - DAY_MS, zone);
    found.push({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
    to = from;
  }
  return found;
}

/** The midnight that began the month of that instant. */
function firstOf(at: number, zone: string): number {
  const day = Number(new Intl.DateTimeFormat('en', { timeZone: zone, day: 'numeric' }).format(at));
  return midnight(midnight(at, zone).getTime() - (day - 1) * DAY_MS + DAY_MS / 2, zone).getTime();
}

function firstOfNext(at: number, zone: string): number {
  return firstOf(firstOf(at, zone) + 32 * DAY_MS, zone);
}
