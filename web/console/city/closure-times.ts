/* When a closure holds, as the form has it: from now or from a day and an hour, for so long. Pure: the clock and the
   city's zone are values. */
import { isPlanned } from '../../map/features.ts';
import { dayOf, hourOf, instantOf } from '../../ui/wall-time.ts';
import type { ClosureRow } from '../../wire/rows.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export interface TypedTimes {
  /** Null is now, or, of one that is changed and has begun, since then. */
  readonly begins: { readonly day: string; readonly hour: string } | null;
  /** From its beginning; 0 until somebody lifts it, null keeps the end as it was. */
  readonly hours: number | null;
}

type Times = Pick<ClosureRow, 'from_at' | 'until_at'>;

/** An instant as day and hour fields hold it. */
export function typedInstant(at: number, zone: string): { day: string; hour: string } {
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
  return { day: dayOf(at, zone), hour: hour.replace(':', '.') };
}

/** What is sent; null where the day or the hour cannot be read. `before` are the times of the one that is changed. */
export function readTimes({ begins, hours }: TypedTimes, before: Times | undefined, now: number, zone: string): { from_at?: string; until_at?: string } | null {
  const from = begins === null ? begun(before, now) : instant(begins, before, zone);
  if (from === undefined) return null;
  const until = hours === null ? before?.until_at : hours > 0 ? new Date(Math.max(now, from ? Date.parse(from) : now) + hours * HOUR_MS).toISOString() : null;
  return { ...(from ? { from_at: from } : {}), ...(until ? { until_at: until } : {}) };
}

/** One that has begun keeps its beginning; one that had not begins now. */
function begun(before: Times | undefined, now: number): string | null {
  return before?.from_at && !isPlanned(before, now) ? before.from_at : null;
}

function instant({ day, hour }: { readonly day: string; readonly hour: string }, before: Times | undefined, zone: string): string | undefined {
  const read = hourOf(hour);
  const at = read === null ? Number.NaN : instantOf(day, read, zone);
  if (Number.isNaN(at)) return undefined;
  const old = before?.from_at ? Date.parse(before.from_at) : Number.NaN;
  const is_same = Math.floor(old / MINUTE_MS) === Math.floor(at / MINUTE_MS); // the field has no seconds
  return is_same && before?.from_at ? before.from_at : new Date(at).toISOString();
}
