/* The city's plans as the screens need them, and the questions a screen asks while a person types. Plans do not change
   while a page lives; what they say comes from the city pack through GET /api/plans. */
import { ask, type Answer } from './api.ts';
import type { Point, Priority, Promised } from './rows.ts';

/** Words for people. */
export interface Text {
  readonly id: string;
  readonly en: string;
  readonly jv?: string | null;
}

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
}

export interface Instructions {
  readonly key: string;
  readonly name: Text;
  readonly lines: readonly Text[];
  readonly metronome_per_min: number | null;
}

export interface Protocol {
  readonly code: string;
  readonly name: Text;
  readonly version: number;
  readonly approval: { readonly authority: readonly string[] };
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
  readonly desks: readonly { readonly key: string; readonly label: Text; readonly role: string }[];
  readonly categories: readonly Category[];
  readonly protocols: readonly { readonly protocol: Protocol; readonly draft: boolean }[];
  readonly agencies: readonly Agency[];
  readonly hospitals: readonly { readonly key: string; readonly name: string; readonly point: Point }[];
  readonly kecamatan: readonly Area[];
  readonly kelurahan: readonly (Area & { readonly kecamatan: string })[];
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
  readonly distance_m?: number | null;
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
  readonly disposition: string | null;
  readonly state: string;
  readonly incident?: string | null;
  readonly number?: number | null;
  readonly nature?: string | null;
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
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Reason[];
  readonly promise: Promised | null;
  readonly sentence?: Text | null;
}

export interface Recommendation {
  readonly at: string;
  readonly candidates: readonly Candidate[];
  readonly not_offered: readonly { readonly unit: string; readonly label?: string; readonly reasons: readonly Reason[] }[];
}

const query = (path: string, q: string): string => `${path}?q=${encodeURIComponent(q)}`;

export const look = {
  plans: (): Promise<Answer<Plans>> => ask('GET', '/api/plans'),
  places: (q: string): Promise<Answer<readonly PlaceProposal[]>> => ask('GET', query('/api/places', q)),
  natures: (q: string): Promise<Answer<readonly NatureGuess[]>> => ask('GET', query('/api/natures', q)),
  duplicates: (incident: string): Promise<Answer<readonly Duplicate[]>> => ask('GET', `/api/incidents/${encodeURIComponent(incident)}/duplicates`),
  history: (call: string): Promise<Answer<readonly EarlierCall[]>> => ask('GET', `/api/calls/${encodeURIComponent(call)}/history`),
  recommendation: (incident: string): Promise<Answer<Recommendation>> =>
    ask('GET', `/api/incidents/${encodeURIComponent(incident)}/recommendation`),
};
