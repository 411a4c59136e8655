/* What the server sends and accepts, as far as this side depends on it: the envelope of a row, the frames of the
   WebSocket, the session. The rows' own fields live in rows.ts. */
import type { Row } from './rows.ts';

/** A row the viewer no longer has. */
export type Gone = { readonly kind: Row['kind']; readonly key: string; readonly gone: true };
export type RowChange = Row | Gone;

/** Unit, latitude, longitude, heading in degrees or null, age of the fix in seconds. */
export type Position = readonly [unit: string, lat: number, lon: number, heading: number | null, age_s: number];

export type Role = 'call_taker' | 'dispatcher' | 'supervisor' | 'agency_officer' | 'crew' | 'evaluator' | 'admin';

/** The person signed in. */
export interface Me {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly agency: string | null;
  readonly desk: string | null;
  readonly unit: string | null;
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
  | { readonly k: 'positions'; readonly seq: number; readonly at: string; readonly positions: readonly Position[] };

/** What the server answers when the domain says no: a key of the catalogue and its details. */
export interface Refusal {
  readonly reason: string;
  readonly details: Readonly<Record<string, string | number>>;
}

export type { Row };
