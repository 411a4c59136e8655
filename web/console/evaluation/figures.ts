/* The answers of `/api/evaluation/screen`, part by part, and the question as it stands in the address. Pure but for `read`. */
import type { Advised } from './advised/advised.ts';
import type { Elsewhere, Load } from './figures-beside.ts';
import { ask, type Answer } from '../../wire/api.ts';

export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}
export interface Difference {
  readonly before: number;
  readonly after: number;
  readonly change: number;
  /** None under 14 days on a side: nothing is said of what the change is worth. */
  readonly low: number | null;
  readonly high: number | null;
  readonly n_before: number;
  readonly n_after: number;
  readonly days_before: number;
  readonly days_after: number;
}
export interface Within {
  readonly limit_s: number;
  readonly of_ended: Estimate | null;
  readonly of_all: Estimate | null;
  readonly late: number;
  readonly late_s: number | null;
}
export interface Sentence {
  readonly agency: string;
  readonly n: number;
  readonly all: number;
  readonly p50: Estimate | null;
  readonly p90: Estimate | null;
  readonly p90_kept: Estimate | null;
  readonly within: Within | null;
  readonly change: Difference | null;
  /** The false-discovery rate over all agencies at which it is called changed. */
  readonly q: number | null;
}
export interface Step {
  readonly cause: string;
  readonly clock: string;
  readonly mean_s: number;
  readonly p50_s: number;
  readonly slow_s: number;
  readonly share_of_mean: number;
  readonly share_of_slow_excess: number;
  readonly p90_if_median_s: number;
}
export interface Change {
  readonly cause: string;
  readonly where: string;
  readonly where_share: number;
  readonly allowance_s: number;
  readonly incidents: number;
  readonly saved_s: number;
  /** None on fewer than 14 days. */
  readonly saved_low_s: number | null;
  readonly saved_high_s: number | null;
  readonly p90_s: number;
  readonly p90_then_s: number;
  /** None of a unit's own time: it has no limit. */
  readonly within_then: number | null;
  /** Whose seconds they are: until a unit is there, until somebody is with the patient, or a unit's own. */
  readonly of: 'arrival' | 'patient' | 'unit';
  readonly n: number;
  readonly due: number;
  /** Why the best unit was passed over. */
  readonly reasons: readonly { readonly reason: string; readonly incidents: number; readonly lost_s: number }[];
}
export interface Waterfall {
  readonly n: number;
  readonly slow_n: number;
  readonly unmeasured: number;
  readonly early: number;
  readonly mean_s: number;
  readonly slow_mean_s: number;
  readonly p50_s: number;
  readonly p90_s: number;
  readonly steps: readonly Step[];
  readonly changes: readonly Change[];
  readonly missing: readonly { readonly cause: string; readonly n: number; readonly due: number }[];
  /** What the medians are of; null under 30 responses. */
  readonly reference: { readonly days: number; readonly n: number } | null;
}
export interface Curve {
  readonly n: number;
  readonly all: number;
  /** Seconds at each half per cent. */
  readonly seconds: readonly number[];
  /** P50, P90, P95. */
  readonly marks: readonly (Estimate | null)[];
}
export interface Judgement {
  readonly id: string;
  readonly status: string;
  readonly start: string;
  readonly stop: string;
  readonly statistic: string;
  readonly threshold_s: number;
  readonly target: number | null;
  readonly n: number;
  readonly all: number;
  readonly value: Estimate | null;
  /** A mean with who gave up or still waits at what they had waited; null without such. */
  readonly least: Estimate | null;
  readonly within: Within | null;
  readonly verdict: string;
  /** Why nothing is said: a key, and what it is about. */
  readonly reason: { readonly key: string; readonly labels: readonly string[]; readonly names: readonly string[]; readonly seconds: number } | null;
}
export interface Fractiles {
  readonly now: Curve;
  readonly before: Curve;
  readonly by_priority: Readonly<Record<string, Curve>>;
  readonly within: Within | null;
  readonly standards: readonly Judgement[];
}
export interface StampSource {
  readonly clock: string;
  readonly automatic: number;
  readonly geofence: number;
  readonly hand: number;
  readonly imported: number;
  readonly late: number;
}
export interface Worth {
  readonly interval: string;
  readonly per: string;
  readonly n: number;
  readonly all: number;
  readonly counts: Readonly<Record<string, number>>;
}
export interface Finding {
  readonly kind: string;
  readonly where: string;
  readonly size: number;
  readonly n: number;
  readonly of: number;
  readonly detail: string;
}
export interface Quality {
  readonly sources: readonly StampSource[];
  readonly intervals: readonly Worth[];
  readonly findings: readonly Finding[];
  /** How far each unit's departures lie from all others', seconds; the farthest off first. */
  readonly offsets: readonly { readonly unit: string; readonly source: string; readonly n: number; readonly offset: Estimate }[];
  readonly excluded: readonly { readonly reason: string; readonly count: number }[];
  readonly calls: CallRatios | null;
}
interface Ratio {
  readonly count: number;
  readonly of: number;
  readonly share: Estimate | null;
}
/** Calls that hung up, who was reached again, and how long they had waited. */
export interface CallRatios {
  readonly offered: number;
  readonly ratios: readonly (Ratio & { readonly key: string; readonly undecided: number })[];
  readonly by_waiting: readonly (Ratio & { readonly from_s: number; readonly to_s: number | null })[];
}
export interface First {
  readonly sentences: readonly Sentence[];
  readonly waterfall: Waterfall | null;
  readonly fractiles: Fractiles;
  readonly quality: Quality;
  readonly unfiltered: boolean;
}
export interface Charted {
  readonly what: 'share' | 'median' | 'p90' | 'between_late';
  readonly kind: string;
  /** Mondays as days since 1970; of `between_late` the number of the gap. */
  readonly at: readonly number[];
  readonly n: readonly number[];
  readonly points: readonly number[];
  readonly middle: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly (number | null)[];
  readonly signals: readonly (readonly [number, string, boolean])[] | readonly { readonly index: number; readonly rule: string; readonly high: boolean }[];
  readonly spread: number;
}
export interface Weeks {
  readonly weeks: number;
  readonly limit_s: number;
  readonly charts: readonly Charted[];
}
export interface Cell {
  readonly hour: number;
  readonly hours: number;
  readonly calls: number | null;
  readonly n: number;
  readonly late: number | null;
  readonly late_share: Estimate | null;
  /** The false-discovery rate at which this hour differs from all of them. */
  readonly late_q: number | null;
  readonly p50_s: number | null;
  readonly p90_s: number | null;
  readonly units_out: number;
  /** Of the unit-hours on duty the share that was bound; none of fewer than 30 of them. */
  readonly utilisation: number | null;
  readonly desks: number | null;
}
export interface Hours {
  readonly limit_s: number;
  readonly handling_s: number | null;
  readonly cells: readonly Cell[];
}
export interface Area {
  readonly kelurahan: string;
  readonly n: number;
  readonly all: number;
  readonly late: number;
  readonly share: Estimate | null;
  readonly p50: Estimate | null;
  readonly p90: Estimate | null;
  readonly lat: number | null;
  readonly lon: number | null;
}
export interface Places {
  readonly limit_s: number;
  readonly nowhere: number;
  readonly areas: readonly Area[];
  readonly points: readonly { readonly lat: number; readonly lon: number; readonly n: number; readonly late: number }[];
}
export interface Case {
  readonly incident: string;
  readonly number: string;
  readonly call: string;
  readonly began_at: string;
  readonly agency: string;
  readonly unit: string;
  readonly nature: string;
  readonly priority: string;
  readonly kelurahan: string;
  readonly total_s: number;
  readonly steps: readonly number[];
  readonly cause: string;
  readonly lost_s: number;
}
export interface Worst {
  readonly n: number;
  readonly slow_n: number;
  readonly from_s: number;
  readonly clocks: readonly string[];
  readonly causes: readonly string[];
  readonly medians: readonly number[];
  readonly pareto: readonly { readonly cause: string; readonly cases: number; readonly lost_s: number; readonly share: number }[];
  readonly cases: readonly Case[];
}
export interface Measure {
  readonly what: 'median' | 'p90' | 'share';
  readonly difference: Difference | null;
  readonly detectable: number | null;
}
/** A share raw and for one mix of cases; under 90 % of common cases nothing is said of the latter. */
export interface Mix {
  readonly raw_before: number;
  readonly raw_after: number;
  readonly covered: number;
  readonly before: number | null;
  readonly after: number | null;
  readonly change: number | null;
  readonly low: number | null;
  readonly high: number | null;
}
/** The total went one way and the kinds by these labels the other. */
export interface Paradox {
  readonly by: readonly string[];
  readonly found: { readonly total: string; readonly strata: string; readonly standardised_change: number; readonly low: number | null; readonly high: number | null };
}
export interface Compared {
  readonly changed: string;
  readonly before_from: string;
  readonly after_to: string;
  readonly n_before: number;
  readonly n_after: number;
  readonly limit_s: number;
  readonly measures: readonly Measure[];
  readonly mix: Mix | null;
  readonly paradox: Paradox | null;
  readonly series: { readonly level: number; readonly level_low: number; readonly level_high: number; readonly slope: number } | null;
  /** Weeks with too few cases among the others: then there is no series. */
  readonly gaps: number;
  readonly weeks_before: number;
  readonly weeks_after: number;
  readonly elsewhere: Elsewhere | null;
}
export interface FunnelPlace {
  readonly key: string;
  readonly n: number;
  readonly share: number;
  readonly low_95: number;
  readonly high_95: number;
  readonly low_998: number;
  readonly high_998: number;
  readonly outside: number;
  readonly q_value: number;
}
export interface Funnels {
  readonly limit_s: number;
  readonly n: number;
  readonly overall: number | null;
  readonly places: Readonly<Record<string, readonly FunnelPlace[]>>;
}

export interface Parts {
  readonly first: First;
  readonly weeks: Weeks;
  readonly hours: Hours;
  readonly places: Places;
  readonly worst: Worst | null;
  readonly change: Compared;
  readonly funnel: Funnels;
  readonly advice: Advised;
  readonly load: Load;
}
export type PartName = keyof Parts;

export interface Standard {
  readonly id: string;
  readonly name: { readonly id: string; readonly en: string };
  readonly source: { readonly id: string; readonly en: string };
  readonly status: string;
  readonly threshold_s: number;
  readonly target: number | null;
  readonly start: string;
  readonly stop: string;
}

/** The question as the server understood it. */
export interface Asked {
  readonly start: string;
  readonly days: number;
  readonly agency: string;
  readonly category: string;
  readonly priority: string;
  readonly kelurahan: string;
  readonly interval: string;
  readonly standard: string;
  readonly changed: string | null;
  readonly treated: string;
}

export interface Told<P> {
  readonly preparing: boolean;
  readonly renewing: boolean;
  readonly as_of: string | null;
  readonly first_day: string | null;
  readonly own_agency: string;
  /** Share of incidents whose category is told to nobody. */
  readonly kindless: number | null;
  readonly parquet: boolean;
  readonly asked: Asked | null;
  readonly per: string;
  readonly start: string;
  readonly end: string;
  readonly choices: Readonly<Record<string, readonly string[]>>;
  readonly standards: readonly Standard[];
  readonly notes: readonly { readonly day: string; readonly kind: string; readonly detail: string }[];
  readonly part: P | null;
}

/** Why there is nothing to draw, if so. While newer facts are being read, nobody can say that there are none. */
export function missing({ preparing, renewing, first_day, part }: Pick<Told<Pick<Parts['first'], 'sentences'>>, 'preparing' | 'renewing' | 'first_day' | 'part'>): 'preparing' | 'nothing' | 'nothing_ever' | null {
  if (preparing) return 'preparing';
  if (part === null || part.sentences.some((one) => one.all > 0)) return null;
  if (first_day !== null) return 'nothing';
  return renewing ? 'preparing' : 'nothing_ever';
}

export const FILTERS = ['from', 'days', 'agency', 'category', 'priority', 'kelurahan', 'interval', 'standard', 'changed', 'treated'] as const;
export type FilterName = (typeof FILTERS)[number];
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

/** The filters in an address: `from=2026-10-01&days=31&agency=damkar`; what is no filter is left out. */
export function filtersOf(detail: string): Filters {
  const given = new URLSearchParams(detail);
  return Object.fromEntries(FILTERS.flatMap((name) => ((given.get(name) ?? '') === '' ? [] : [[name, given.get(name) ?? '']])));
}

/** The address of filters, in one order whatever the order they were chosen in. */
export function addressOf(filters: Filters): string {
  const told = new URLSearchParams();
  for (const name of FILTERS) if (filters[name]) told.set(name, filters[name]);
  return told.toString();
}

/** So many days on or back, as YYYY-MM-DD. */
export function movedDay(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function read<N extends PartName>(part: N, filters: Filters): Promise<Answer<Told<Parts[N]>>> {
  const address = addressOf(filters);
  return ask('GET', `/api/evaluation/screen?part=${part}${address === '' ? '' : `&${address}`}`);
}
