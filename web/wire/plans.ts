/* The city's plans as the screens need them, and the questions a screen asks while a person types. Plans do not change
   while a page lives; what they say comes from the city pack through GET /api/plans. */
import type { PlannedAlarm } from '../board/limits.ts';
import { ask, type Answer } from './api.ts';
import type { AliasRow, Disposition, Point, Priority, Promised, ShortageWay } from './rows.ts';
import type { Role } from './types.ts';

/** Words for people. */
export interface Text {
  readonly id: string;
  readonly en: string;
  readonly jv?: string | null;
}

/** For who signs a protocol, and who that is: in both languages, or as somebody typed it. */
export type Remark = Text | string;

export interface Nature {
  readonly code: string;
  readonly name: Text;
  readonly priority: Priority;
  readonly lead: string;
  readonly support: readonly string[];
  readonly flags: readonly string[];
  readonly protocol: string | null;
  readonly appointment: boolean;
}

export interface Category {
  readonly code: string;
  readonly name: Text;
  readonly natures: readonly Nature[];
}

export interface Question {
  readonly key: string;
  readonly text: Text;
  readonly answer: 'yes_no' | 'number' | 'choice' | 'text';
  readonly options: readonly { readonly key: string; readonly text: Text }[];
  /** Left out once an earlier question has one of these answers. */
  readonly unless: Readonly<Record<string, readonly string[]>>;
}

export interface Instructions {
  readonly key: string;
  readonly name: Text;
  readonly lines: readonly Text[];
  /** Shown below while there are no lines. */
  readonly meanwhile: string | null;
  readonly metronome_per_min: number | null;
}

export interface Protocol {
  readonly code: string;
  readonly name: Text;
  readonly version: number;
  readonly approval: { readonly authority: readonly Remark[] };
  readonly questions: readonly Question[];
  readonly instructions: readonly Instructions[];
}

export interface Agency {
  readonly key: string;
  readonly name: Text;
  readonly short: string;
  readonly kind: string;
  readonly mode: string;
}

export interface Area {
  readonly code: string;
  readonly name: string;
  readonly point: Point;
}

export interface Plans {
  readonly city: string;
  readonly name: Text;
  readonly timezone: string;
  readonly centre: Point;
  readonly lines: readonly { readonly key: string; readonly label: Text }[];
  readonly desks: readonly { readonly key: string; readonly label: Text; readonly role: string; readonly phone: string }[];
  readonly categories: readonly Category[];
  readonly protocols: readonly { readonly protocol: Protocol; readonly draft: boolean }[];
  readonly agencies: readonly Agency[];
  readonly hospitals: readonly { readonly key: string; readonly name: string; readonly point: Point; readonly phones: readonly string[]; readonly emergency_department: boolean; readonly special: string | null }[];
  readonly kecamatan: readonly Area[];
  readonly kelurahan: readonly (Area & { readonly kecamatan: string })[];
  readonly alarms: readonly PlannedAlarm[];
  readonly interview: { readonly city: readonly string[]; readonly fast_lane: readonly string[] };
  readonly scripts: readonly { readonly key: string; readonly name: Text; readonly lines: readonly { readonly text: Text }[] }[];
  readonly scenarios: readonly { readonly key: string; readonly label: Text; readonly goal: Text; readonly calls: number }[];
}

/** A place the words may mean: a proposal, never a decision. */
export interface PlaceProposal {
  readonly label: string;
  readonly point: Point;
  readonly kind: string;
  /** Where it is, for example its street and its kelurahan with kecamatan. */
  readonly detail: string;
  readonly key: string;
  readonly kelurahan: string | null;
  readonly confidence: string;
  readonly cautions: readonly string[];
  /** From the caller, when it is known where the caller is. */
  readonly distance_m?: number | null;
  /** How far off the point may be; null where nobody knows. */
  readonly accuracy_m?: number | null;
  /** Where it is from: `alias`, `osm`, `synthetic`, how it was written, or facts of the city pack. */
  readonly source: readonly string[];
  /** Words that were said and that it does without; with any of them it is only a part of what was said. */
  readonly left_out: readonly string[];
  /** The other name it was found by; empty when it was its own. */
  readonly found_as: string;
  /** A word that was said and the word of the place that it was read as, each. */
  readonly misspelt: readonly (readonly [string, string])[];
  /** How well it explains what was said, 0 to about 1.2. */
  readonly score: number;
}

/** Something to tell besides the proposals, and the words it is about. */
export interface PlaceNotice {
  readonly what: 'short_link' | 'elsewhere' | 'needs_place' | 'name_twice' | 'number_unknown' | 'left_out' | 'read_as' | 'partly' | 'not_found' | 'no_street' | 'kilometre_unknown' | 'no_crossing' | 'cut';
  readonly words: readonly string[];
}

export interface PlacesFound {
  readonly proposals: readonly PlaceProposal[];
  readonly notices: readonly PlaceNotice[];
}

export interface NatureGuess {
  readonly code: string;
  readonly score: number;
  readonly danger: boolean;
  readonly matched: readonly string[];
}

export interface Duplicate {
  readonly incident: string;
  readonly number: number;
  readonly distance_m: number | null;
  readonly age_s: number;
  readonly nature: string | null;
  readonly same_category: boolean;
  readonly complaint?: string | null;
}

export interface EarlierCall {
  readonly call: string;
  readonly ring_at: string;
  readonly line: string;
  readonly disposition: Disposition | null;
  readonly incident: string | null;
  readonly incident_number: number | null;
  readonly incident_open: boolean;
}

export interface Reason {
  readonly key: string;
  readonly params: Readonly<Record<string, string | number>>;
}

export interface Candidate {
  readonly unit: string;
  readonly label: string;
  readonly agency: string;
  readonly rank: number;
  readonly fits: boolean;
  readonly eta_s_low: number | null;
  readonly eta_s_high: number | null;
  readonly distance_m: number | null;
  readonly position_age_s: number | null;
  readonly status_age_s: number | null;
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Reason[];
  readonly promise: Promised | null;
  readonly sentence?: Text | null;
  /** No road leads it there. */
  readonly cut_off: boolean;
  /** It would be there before the first. */
  readonly closer: boolean;
}

/** A line of the list that a unit was chosen from, as it goes into the record. */
export type Offered = Pick<Candidate, 'unit' | 'eta_s_low' | 'eta_s_high' | 'fits' | 'cut_off'>;

/** The first lines, whoever would be there before the first, and the chosen one. */
export const listed = (all: readonly Candidate[], chosen: string): readonly Offered[] =>
  all.filter((one, at) => at < 6 || one.closer || one.unit === chosen).slice(0, 20).map(({ unit, eta_s_low, eta_s_high, fits, cut_off }) => ({ unit, eta_s_low, eta_s_high, fits, cut_off }));

/** A unit at work elsewhere, expected to be free soon; it cannot be assigned yet. */
export interface SoonFree {
  readonly unit: string;
  readonly label: string;
  readonly agency: string;
  readonly free_s: number;
  readonly incident_number: number;
  readonly eta_s_low: number | null;
  readonly eta_s_high: number | null;
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Reason[];
}

export interface NotOffered {
  readonly unit: string;
  readonly reasons: readonly Reason[];
  readonly eta_s_low: number | null;
  readonly eta_s_high: number | null;
  readonly closer: boolean;
}

/** The set of units that the run card asks for. */
export interface PlanProposed {
  readonly card: string;
  readonly label: Text | null;
  readonly asked: number;
  readonly present: readonly string[];
  readonly units: readonly { readonly unit: string; readonly needs: readonly string[]; readonly fits: boolean }[];
  readonly wanting: readonly { readonly count: number; readonly needs: readonly string[]; readonly agencies: readonly string[] }[];
  /** What sending all of them leaves uncovered. */
  readonly warnings: readonly Reason[];
}

/** What may be done while no fitting unit is free, the soonest help first. */
export interface Alternative {
  readonly way: ShortageWay;
  readonly unit: string | null;
  readonly agency: string | null;
  readonly label: string;
  readonly eta_s_low: number | null;
  readonly eta_s_high: number | null;
  readonly reasons: readonly Reason[];
}

export interface Recommendation {
  readonly at: string;
  readonly candidates: readonly Candidate[];
  readonly soon: readonly SoonFree[];
  readonly not_offered: readonly NotOffered[];
  readonly plan: PlanProposed | null;
  readonly alternatives: readonly Alternative[];
  /** Straight lines stand in for roads that did not answer in time. */
  readonly roads_late: boolean;
}

/** One line of the evaluation: seconds; null when there is nothing to say. */
export interface Figure {
  readonly key: string;
  readonly n: number;
  readonly missing: number;
  readonly open: number;
  readonly p50_s: number | null;
  readonly p90_s: number | null;
  readonly limit_s: number | null;
  readonly share: number | null;
  readonly share_wanted: number | null;
}

/** Calls in each hour of a day and of the one before; P10 and P90 of the same hours, empty while too few days are known. */
export interface DayHours {
  readonly calls: readonly number[];
  readonly before: readonly number[];
  /** Each quarter hour of yesterday and today. */
  readonly quarters: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly usual_days: number;
}

export interface Evaluation {
  readonly calls: number;
  readonly incidents: number;
  readonly training: boolean;
  readonly lines: readonly { readonly line: string; readonly offered: number; readonly answered: number; readonly abandoned: number; readonly waiting: number }[];
  readonly intervals: readonly Figure[];
  readonly targets: readonly Figure[];
  readonly hours: DayHours | null;
}

/** What a search found; a key opens it where this person works. */
export interface Found {
  readonly kind: string;
  readonly key: string;
  readonly label: string;
  readonly detail: string;
  readonly priority: Priority | null;
}

/** Who may try the demo with one click. */
export interface DemoAccount {
  readonly name: string;
  readonly label: string;
  readonly roles: readonly Role[];
  readonly password: string;
}

export interface Demo {
  readonly demo: boolean;
  readonly accounts: readonly DemoAccount[];
}

/** One event of an incident or its reports, as far as this viewer may see it. */
export interface TimelineEntry {
  readonly at: string;
  readonly recorded_at: string;
  readonly kind: string;
  readonly stream: string;
  readonly agent_name: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export const look = {
  /** `near` is where the caller seems to be: it breaks ties and gives distances. */
  places: (q: string, near: Point | null = null): Promise<Answer<PlacesFound>> =>
    ask('POST', '/api/places', { q, near }),
  natures: (q: string): Promise<Answer<readonly NatureGuess[]>> => ask('POST', '/api/natures', { q }),
  duplicates: (incident: string): Promise<Answer<readonly Duplicate[]>> => ask('GET', `/api/incidents/${encodeURIComponent(incident)}/duplicates`),
  history: (call: string): Promise<Answer<readonly EarlierCall[]>> => ask('GET', `/api/calls/${encodeURIComponent(call)}/history`),
  /** Words for places, also those that no screen shows any more. */
  aliases: (q: string): Promise<Answer<readonly AliasRow[]>> => ask('POST', '/api/aliases', { q }),
  search: (q: string): Promise<Answer<readonly Found[]>> => ask('POST', '/api/search', { q }),
  /** Refused outside a demo. */
  demo: (): Promise<Answer<Demo>> => ask('GET', '/api/demo'),
  /** Lets a training scenario's calls ring. */
  scenario: (key: string): Promise<Answer<unknown>> => ask('POST', `/api/demo/scenarios/${encodeURIComponent(key)}`, {}),
  /** The figures of a span; instants in UTC. */
  evaluation: (from: Date, to: Date): Promise<Answer<Evaluation>> => ask('GET', `/api/evaluation?from=${encodeURIComponent(from.toISOString())}&to=${encodeURIComponent(to.toISOString())}`),
  timeline: (incident: string): Promise<Answer<readonly TimelineEntry[]>> => ask('GET', `/api/incidents/${encodeURIComponent(incident)}/timeline`),
  /** `patient`: the answer waits some seconds for the roads. */
  recommendation: (incident: string, patient = false): Promise<Answer<Recommendation>> =>
    ask('GET', `/api/incidents/${encodeURIComponent(incident)}/recommendation${patient ? '?patient=1' : ''}`),
};
