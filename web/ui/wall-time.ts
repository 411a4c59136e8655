/* What people write down, "27 Nov, 08.30", as an instant of the record, and back. The zone of the city counts, not that
   of the computer. */

/** Accepts 8.30, 08:30, 0830 and 830; null for anything else. */
export function hourOf(text: string): string | null {
  const found = /^(\d{1,2})[.:]?(\d{2})$/.exec(text.trim());
  if (!found) return null;
  const [hour, minute] = [Number(found[1]), Number(found[2])];
  return hour < 24 && minute < 60 ? `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}` : null;
}

/** The day of an instant in that zone, as YYYY-MM-DD: what a date field holds. */
export function dayOf(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return parts.format(new Date(at));
}

/** That day and hour in that zone, in milliseconds; NaN when either cannot be read. */
export function instantOf(day: string, hour: string, zone: string): number {
  const naive = Date.parse(`${day}T${hour}:00Z`);
  if (Number.isNaN(naive)) return Number.NaN;
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const read = Object.fromEntries(parts.formatToParts(new Date(naive)).map((part) => [part.type, Number(part.value)]));
  const there = Date.UTC(read['year'] ?? 0, (read['month'] ?? 1) - 1, read['day'] ?? 1, read['hour'] ?? 0, read['minute'] ?? 0);
  return naive - (there - naive);
}

const HALF_DAY_MS = 43_200_000;

/** An hour that was written down, on the day nearest after `from`: 00.10 after 23.50 is of the next day. NaN as above. */
export function hourAfter(from: number, hour: string, zone: string): number {
  const same = instantOf(dayOf(from, zone), hour, zone);
  return from - same > HALF_DAY_MS ? same + 2 * HALF_DAY_MS : same;
}
