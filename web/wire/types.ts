/* What the server sends and accepts, as far as this side depends on it: the envelope of a row, the frames of the
   WebSocket, the session. The rows' own fields live in rows.ts. */
import type { CityShown } from './map.ts';
import type { Row } from './rows.ts';

/** A row the viewer no longer has. */
export type Gone = { readonly kind: Row['kind']; readonly key: string; readonly gone: true };
export type RowChange = Row | Gone;

/** Unit, latitude, longitude, heading in degrees or null, age of the fix in seconds. */
export type Position = readonly [unit: string, lat: number, lon: number, heading: number | null, age_s: number];

export type Role = 'call_taker' | 'dispatcher' | 'supervisor' | 'agency_officer' | 'crew' | 'evaluator' | 'admin' | 'approver';

/** The person signed in (the board's `me`). */
export interface Me {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly agency: string | null;
  readonly desk: string | null;
  readonly unit: string | null;
}

/** The session: who, which city, and what a page must know at its start. */
export interface Session {
  readonly agent: Me;
  readonly csrf: string;
  readonly training: boolean;
  readonly demo: boolean;
  /** Whether scenarios can be started here: the demo and the training room. */
  readonly scenarios: boolean;
  readonly city: { readonly key: string; readonly name: string };
  readonly expires_at: string;
  readonly at: string;
  readonly version: string;
}

/** A unit seems to have arrived; `step` is what a tap would say. */
export interface Arrival {
  readonly unit: string;
  readonly incident: string;
  readonly step: 'on_scene' | 'at_hospital';
  readonly since: string;
  readonly distance_m: number;
}

export type Frame =
  | { readonly k: 'snapshot'; readonly seq: number; readonly at: string; readonly me: Me; readonly rows: readonly Row[] }
  | { readonly k: 'resume'; readonly seq: number; readonly at: string; readonly rows: readonly RowChange[] }
  | {
      readonly k: 'rows';
      readonly seq: number;
      readonly previous: number;
      readonly at: string;
      readonly rows: readonly RowChange[];
    }
  | { readonly k: 'positions'; readonly seq: number; readonly at: string; readonly positions: readonly Position[] }
  /** Calls straight from the switch while the store is away: no number of their own, so that telephones still ring. */
  | { readonly k: 'calls'; readonly at: string; readonly rows: readonly RowChange[] }
  /** The switch asks this desk to offer its audio for the call again. */
  | { readonly k: 'redo'; readonly call: string }
  /** What one side has typed of a line that is not finished; "" when there is none. Lossy: the next one has it all. */
  | { readonly k: 'typing'; readonly call: string; readonly by: 'caller' | 'desk'; readonly text: string; readonly name: string }
  /** Waiting calls as the switch will have them answered, and what is known of their numbers. */
  | { readonly k: 'queue'; readonly order: readonly string[]; readonly nuisance: readonly string[]; readonly repeat: readonly string[] }
  /** The map in use, at the beginning and whenever it or its state changes. */
  | { readonly k: 'city'; readonly city: CityShown }
  /** Units that seem to have arrived, by their positions: all that this viewer sees. A person decides. */
  | { readonly k: 'arrived'; readonly arrivals: readonly Arrival[] }
  /** The last frame: why the server closes. `session_ended`: sign in again. */
  | { readonly k: 'bye'; readonly reason: string };

/** What the server answers when it says no: a key, its words in both languages, and its details. */
export interface Refusal {
  readonly reason: string;
  readonly message?: { readonly id: string; readonly en: string };
  readonly details: Readonly<Record<string, string | number>>;
}

export type { Row };
