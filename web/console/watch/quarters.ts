/* The quarter hours of the last hours, up to the one that runs. Pure. */
export interface Quarter {
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
  readonly calls: number;
}

const QUARTER_MS = 900_000;
const A_DAY = 96;

/** The last `shown` of them; `counts` are those of yesterday and today, `midnight` and `now` in milliseconds. */
export function lastQuarters(counts: readonly number[], midnight: number, now: number, shown = 24): readonly Quarter[] {
  const last = Math.min(counts.length - 1, A_DAY + Math.max(0, Math.floor((now - midnight) / QUARTER_MS)));
  const first = Math.max(0, last - shown + 1);
  return counts.slice(first, last + 1).map((calls, at) => ({ at: midnight + (first + at - A_DAY) * QUARTER_MS, calls }));
}
