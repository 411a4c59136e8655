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
 *  the row below does not come under the hand. Without `still` only the `held` row, the selected one, keeps its place. */
export function arrange<T>(shown: readonly T[], wanted: readonly T[], still: boolean, gaps = false, held?: T): Arranged<T> {
  const next = still ? kept(shown, wanted, gaps) : around(shown, wanted, held);
  const waiting = next.reduce((moves, row, at) => moves + (row === wanted[at] ? 0 : 1), 0);
  return { shown: same(shown, next) ? shown : next, waiting };
}

function kept<T>(shown: readonly T[], wanted: readonly T[], gaps: boolean): readonly T[] {
  const present = new Set(wanted);
  const stays = gaps ? shown : shown.filter((row) => present.has(row));
  const known = new Set(stays);
  return [...stays, ...wanted.filter((row) => !known.has(row))];
}

/** The wanted order, but one row stays where it is on screen. */
function around<T>(shown: readonly T[], wanted: readonly T[], held: T | undefined): readonly T[] {
  const at = held === undefined ? -1 : shown.indexOf(held);
  if (at < 0 || held === undefined || !wanted.includes(held)) return wanted;
  const others = wanted.filter((row) => row !== held);
  return [...others.slice(0, at), held, ...others.slice(at)];
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((row, at) => row === b[at]);
}
