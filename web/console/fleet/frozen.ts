/* A list that stands still under the hand: while units are marked, lines and figures stay as they were marked, a newer
   list waits beside, and says what it would change. Pure; the screen keeps one value of `Frozen`. */
import type { Candidate, NotOffered, Recommendation } from '../../wire/plans.ts';
import type { Promised } from '../../wire/rows.ts';

export interface Frozen {
  /** What is shown. */
  readonly found: Recommendation | null;
  /** A newer list that differs and waits until nothing is marked, or until R. */
  readonly newer: Recommendation | null;
  readonly marked: readonly string[];
}

export const nothing: Frozen = { found: null, newer: null, marked: [] };

/** A list as the server has it now: shown at once when nothing is marked, else kept beside. */
export function take(held: Frozen, answer: Recommendation | null): Frozen {
  if (held.marked.length === 0 || held.found === null || answer === null) return { found: answer, newer: null, marked: answer === null ? [] : held.marked };
  return { ...held, newer: differs(held.found, answer, held.marked) ? answer : null };
}

/** Marks a unit of the list, or takes its mark away. With the last mark the list is free again. */
export function toggle(held: Frozen, unit: string): Frozen {
  if (!held.marked.includes(unit) && !isOffered(held.found, unit)) return held;
  return marks(held, held.marked.includes(unit) ? held.marked.filter((other) => other !== unit) : [...held.marked, unit]);
}

/** Marks the whole plan beside what is marked; all of it marked already, and it is unmarked. */
export function togglePlan(held: Frozen): Frozen {
  const planned = (held.found?.plan?.units ?? []).map((one) => one.unit).filter((unit) => isOffered(held.found, unit));
  if (planned.every((unit) => held.marked.includes(unit))) return marks(held, held.marked.filter((unit) => !planned.includes(unit)));
  return marks(held, [...held.marked, ...planned.filter((unit) => !held.marked.includes(unit))]);
}

/** The waiting list is shown; who is still offered there stays marked. */
export function refresh(held: Frozen): Frozen {
  const found = held.newer ?? held.found;
  return { found, newer: null, marked: held.marked.filter((unit) => isOffered(found, unit)) };
}

/** The first lines and, below them, whoever is marked and stands lower. */
export function shown(held: Frozen, most: number): readonly Candidate[] {
  return (held.found?.candidates ?? []).filter((one, at) => at < most || held.marked.includes(one.unit));
}

/** Marked units that the newer list does not offer any more, with the reason if it gives one. */
export function gone(held: Frozen): readonly { readonly unit: string; readonly why: NotOffered | null }[] {
  const { newer } = held;
  if (newer === null) return [];
  return held.marked.filter((unit) => !isOffered(newer, unit)).map((unit) => ({ unit, why: newer.not_offered.find((one) => one.unit === unit) ?? null }));
}

/** A promise worked out at `at` and given later: as much later in all its times, so that nothing is promised too early. */
export function later(promise: Promised, at: string, now: number): Promised {
  const by_ms = Math.max(0, now - Date.parse(at));
  const moved = (time: string): string => new Date(Date.parse(time) + by_ms).toISOString();
  return { ...promise, depart_by: moved(promise.depart_by), arrive_from: moved(promise.arrive_from), arrive_to: moved(promise.arrive_to) };
}

function marks(held: Frozen, marked: readonly string[]): Frozen {
  return marked.length === 0 && held.newer !== null ? { found: held.newer, newer: null, marked } : { ...held, marked };
}

function isOffered(found: Recommendation | null, unit: string): boolean {
  return found?.candidates.some((one) => one.unit === unit) ?? false;
}

/** Lines that count for a difference; what moves further down is no news. */
const COMPARED = 12;

function differs(old: Recommendation, other: Recommendation, marked: readonly string[]): boolean {
  const heads = [old, other].map((one) => one.candidates.slice(0, COMPARED).map(({ unit }) => unit).join());
  return heads[0] !== heads[1] || marked.some((unit) => !isOffered(other, unit));
}
