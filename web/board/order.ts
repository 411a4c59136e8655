/* The order of a list that is being read. New rows and rows that went away show at once, at the end or as a gap that
   closes; a change of order waits while somebody's hand is on the list, so that the row under the hand never moves. */

/** A list keeps still this long after it was last touched. */
export const STILL_MS = 2_000;

/** A hand that rests on a list without moving holds it no longer than this. */
export const RESTS_MS = 10_000;

export interface Arranged<T> {
  readonly shown: readonly T[];
  /** How many rows would move; 0 means the order is right. */
  readonly waiting: number;
}

/** Merges the wanted order into the shown one. `still` keeps the rows that are on screen where they are; `gaps` those, too, that went away, so that
 *  the row below does not come under the hand. */
export function arrange<T>(shown: readonly T[], wanted: readonly T[], still: boolean, gaps = false): Arranged<T> {
  if (!still) return { shown: same(shown, wanted) ? shown : wanted, waiting: 0 };
  const present = new Set(wanted);
  const kept = gaps ? shown : shown.filter((row) => present.has(row));
  const known = new Set(kept);
  const next = [...kept, ...wanted.filter((row) => !known.has(row))];
  const waiting = next.reduce((moves, row, at) => moves + (row === wanted[at] ? 0 : 1), 0);
  return { shown: same(shown, next) ? shown : next, waiting };
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((row, at) => row === b[at]);
}
