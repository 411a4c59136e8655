/* A list that stands still under the hand: while units are marked, lines and figures stay as they were marked, a newer
   list waits beside, and says what it would change. Pure; the screen keeps one value of `Frozen`. */
import type { Candidate, NotOffered, Reason, Recommendation } from '../../wire/plans.ts';
import type { Promised } from '../../wire/rows.ts';

export interface Frozen {
  /** What is shown. */
  readonly found: Recommendation | null;
  /** A newer list that differs and waits until nothing is marked, or until R. */
  readonly newer: Recommendation | null;
  /** The newest list, shown or not: what is true of a unit now, and what may be promised of it. */
  readonly known: Recommendation | null;
  readonly marked: readonly string[];
  /** How many lines were shown when the first of the marks was set. */
  readonly most: number;
}

export const nothing: Frozen = { found: null, newer: null, known: null, marked: [], most: 0 };

/** A list as the server has it now: shown at once when nothing is marked, else kept beside. */
export function take(held: Frozen, answer: Recommendation | null): Frozen {
  if (held.marked.length === 0 || held.found === null || answer === null) return { ...held, found: answer, newer: null, known: answer, marked: answer === null ? [] : held.marked };
  return { ...held, known: answer, newer: differs(held.found, answer, held.marked) ? answer : null };
}

/** Marks a unit of the list, or takes its mark away. With the last mark the list is free again. */
export function toggle(held: Frozen, unit: string): Frozen {
  if (!held.marked.includes(unit) && !offer(held.found, unit)) return held;
  return marks(held, held.marked.includes(unit) ? held.marked.filter((other) => other !== unit) : [...held.marked, unit]);
}

/** Marks the whole plan beside what is marked; all of it marked already, and it is unmarked. */
export function togglePlan(held: Frozen): Frozen {
  const planned = planOf(held.found).filter((unit) => offer(held.found, unit));
  if (planned.every((unit) => held.marked.includes(unit))) return marks(held, held.marked.filter((unit) => !planned.includes(unit)));
  return marks(held, [...held.marked, ...planned.filter((unit) => !held.marked.includes(unit))]);
}

/** The waiting list is shown; who is still offered there stays marked. */
export function refresh(held: Frozen): Frozen {
  const found = held.newer ?? held.found;
  return { ...held, found, newer: null, marked: held.marked.filter((unit) => offer(found, unit)) };
}

/** The first lines and, below them, whoever is of the plan or marked. While anything is marked as many as there were then. */
export function shown(held: Frozen, most: number): readonly Candidate[] {
  const lines = held.marked.length > 0 && held.most > 0 ? held.most : most;
  const planned = planOf(held.found);
  return (held.found?.candidates ?? []).filter((one, at) => at < lines || held.marked.includes(one.unit) || planned.includes(one.unit));
}

/** Who is offered further down and would be there before the first, and of the others the soonest, if it is before the last line. */
export function closerBelow(held: Frozen, lines: readonly Candidate[]): readonly Candidate[] {
  const drives = (one: Candidate): boolean => !one.cut_off && one.eta_s_high !== null;
  const late = (one: Candidate): number => one.eta_s_high ?? Infinity;
  const below = (held.found?.candidates ?? []).filter((one) => drives(one) && !lines.includes(one)).sort((a, b) => late(a) - late(b));
  const last = Math.max(0, ...lines.filter(drives).map(late));
  return below.filter((one, at) => one.closer || (at === 0 && late(one) < last));
}

/** Why it stands lower than others: what it lacks, else whose it is. */
export function whyLower(one: Candidate): Reason | null {
  return one.warnings.find(({ key }) => key === 'lacks') ?? one.reasons.find(({ key }) => LOWER.includes(key)) ?? null;
}
const LOWER = ['mutual_aid', 'supporting', 'on_card', 'can_do_part'];

/** Marked units that the newer list does not offer any more, with the reason if it gives one. */
export function gone(held: Frozen): readonly { readonly unit: string; readonly why: NotOffered | null }[] {
  const { newer } = held;
  if (newer === null) return [];
  return held.marked.filter((unit) => !offer(newer, unit)).map((unit) => ({ unit, why: newer.not_offered.find((one) => one.unit === unit) ?? null }));
}

/** What may be promised of a unit now: by the newest list, as much later as that is old. Null when nothing may. */
export function promiseNow(held: Frozen, unit: string, now: number): Promised | null {
  const promise = offer(held.known, unit)?.promise;
  return promise && held.known ? later(promise, held.known.at, now) : null;
}

/** How old the position of a line is now, in seconds: by the newest list that has the unit, and older by the age of that list. */
export function positionAge(held: Frozen, one: Candidate, now: number): number | null {
  const newest = offer(held.known, one.unit);
  const [age_s, at] = newest ? [newest.position_age_s, held.known?.at] : [one.position_age_s, held.found?.at];
  return age_s === null ? null : age_s + Math.max(0, now - Date.parse(at ?? '')) / 1000;
}

/** What the newest list says of a marked unit, whose own line stands still; null of one that it does not offer. */
export function knownNow(held: Frozen, unit: string): Candidate | null {
  return held.marked.includes(unit) && held.known !== held.found ? (offer(held.known, unit) ?? null) : null;
}

/** Whether the first line is still there to be passed over: nobody is asked why they did not take who has gone. */
export function isFirstStillThere(held: Frozen, first: string): boolean {
  return offer(held.known, first) !== undefined;
}

/** A promise worked out at `at` and given later: as much later in all its times, so that nothing is promised too early. */
export function later(promise: Promised, at: string, now: number): Promised {
  const by_ms = Math.max(0, now - Date.parse(at));
  const moved = (time: string): string => new Date(Date.parse(time) + by_ms).toISOString();
  return { ...promise, depart_by: moved(promise.depart_by), arrive_from: moved(promise.arrive_from), arrive_to: moved(promise.arrive_to) };
}

function marks(held: Frozen, marked: readonly string[]): Frozen {
  return marked.length === 0 && held.newer !== null ? { ...held, found: held.newer, newer: null, marked } : { ...held, marked };
}

function offer(found: Recommendation | null, unit: string): Candidate | undefined {
  return found?.candidates.find((one) => one.unit === unit);
}

const planOf = (found: Recommendation | null): readonly string[] => (found?.plan?.units ?? []).map(({ unit }) => unit);

/** Lines that count for a difference; what moves further down is no news. */
const COMPARED = 12;
/** A marked unit that comes so much later than it said is news, seconds. */
const LATER_S = 180;

function differs(old: Recommendation, other: Recommendation, marked: readonly string[]): boolean {
  const heads = [old, other].map((one) => [...one.candidates.slice(0, COMPARED).map(({ unit }) => unit), '+', ...planOf(one)].join());
  return heads[0] !== heads[1] || marked.some((unit) => isWorse(offer(old, unit), offer(other, unit)));
}

/** Whether there is bad news of a marked unit: it is gone, cannot get there, cannot be promised, warns of something new, or is late. What it
    leaves uncovered is known a moment after the list and is no news. */
function isWorse(old: Candidate | undefined, now: Candidate | undefined): boolean {
  if (!old || !now) return !now;
  const warned = new Set(old.warnings.map(({ key }) => key));
  const is_late = (now.eta_s_high ?? Infinity) > (old.eta_s_high ?? Infinity) + LATER_S;
  return is_late || now.cut_off !== old.cut_off || (now.promise === null && old.promise !== null) || now.warnings.some(({ key }) => !warned.has(key) && !key.startsWith('uncovers'));
}
