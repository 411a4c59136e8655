/* What a screen asks about sound: keys, a replay, whom it can ring by name, typed lines, recordings, the machine's
   health. Apart from api.ts, because most pages never ask. */
import { ask, type Answer } from './api.ts';
import type { SpeedsShown } from './map.ts';
import type { Text } from './plans.ts';

/** Somebody to ring by name. `verified`: somebody called that number and it was theirs. */
export interface Contact {
  readonly key: string;
  readonly label: Text;
  readonly kind: 'agency' | 'neighbour' | 'interpreter' | 'hospital';
  readonly number: string;
  readonly aliases: readonly string[];
  readonly verified: boolean;
}

/** A line beside the voice; `text` is null when it was erased. */
export interface TextLine {
  readonly by: 'caller' | 'desk';
  readonly text: string | null;
  readonly at: string;
  readonly agent_name: string;
}

export interface Segment {
  readonly segment: string;
  readonly seconds: number;
  /** Of these, silence that the disk did not take. */
  readonly lost_s: number;
  readonly kept_at: string;
  readonly state: 'kept' | 'running' | 'erased';
  readonly erased_at: string | null;
}

/** May be heard once at `url`, begun before `use_before`. */
export interface PlayTicket {
  readonly url: string;
  readonly use_before: string;
  readonly seconds: number;
  readonly verdict: 'intact' | 'damaged' | 'differs' | 'running';
  readonly damaged_at_s: number | null;
  /** When its first second was heard; null where that is not known. */
  readonly started_at: string | null;
}

/** How the server's neighbours are; `switch` is null when it is away. */
export interface Health {
  readonly ready: boolean;
  readonly store_away_s?: number | null;
  /** How much `work` gave up since its start because it crashes. */
  readonly work_set_aside?: number | null;
  readonly screens?: number;
  readonly loop?: { readonly p99_ms: number; readonly worst_ms: number };
  readonly positions?: { readonly devices: { readonly devices: number; readonly taken: number; readonly store_away: boolean } | null };
  readonly switch?: SwitchHealth | null;
  /** Of the other nodes, by their address; null for one that is away. Absent where there is one node alone. */
  readonly other_switches?: Readonly<Record<string, SwitchHealth | null>>;
  /** The city's roads: for how many seconds they have not answered, null when they do. */
  readonly geography?: { readonly city: GeographyShown; readonly not_ready_s: number | null };
  readonly recordings?: { readonly state: string; readonly free_bytes: number; readonly total_bytes: number };
  readonly recording_alarms?: readonly { readonly alarm: string; readonly why: string }[];
}

/** Of the city in use what the room's health says. */
export interface GeographyShown {
  readonly state: 'ready' | 'loading' | 'away';
  readonly label: string;
  readonly version: string;
  readonly problem: string;
  readonly speeds?: SpeedsShown | null;
}

export interface SwitchHealth {
  /** Since when its disk takes nothing; calls go on, and a kill would forget them. */
  readonly spool_failing_since?: string | null;
  /** Desks whose page some web process sees. */
  readonly sip?: { readonly pages?: readonly string[] };
  readonly spool_error?: string;
  /** Where a damaged spool was put aside, whole. */
  readonly spool_damaged?: string | null;
  /** Rows of the spool that could not be read, and commands that the rules refused: kept for an engineer. */
  readonly unreadable?: number;
  readonly set_aside?: number;
  /** Faults of the program that cost no call, by where they happened, and how often. */
  readonly fault_causes?: Readonly<Record<string, number>>;
  readonly trunks?: readonly TrunkHealth[];
  /** What somebody has to do something about. */
  readonly trunk_alarms?: readonly { readonly alarm: string; readonly trunk: string; readonly why: string }[];
}

/** A trunk as the switch sees it; `reason` says why it is down. */
export interface TrunkHealth {
  readonly key: string;
  readonly label: string;
  readonly state: string;
  readonly reason: string;
  readonly round_trip_ms: number | null;
}

const of = (call: string, rest: string): string => `/api/calls/${encodeURIComponent(call)}/${rest}`;

/** A page behind a link; `spoken` is its secret as one reads it out, typed on `page`. */
export interface LocationLink {
  readonly url: string;
  readonly page: string;
  readonly spoken: string;
  readonly text: { readonly id: string; readonly en: string };
  readonly expires_at: string;
}

export const voice = {
  /** Keys to the caller, or to a party. */
  digits: (call: string, keys: string, party: string | null): Promise<Answer<unknown>> => ask('POST', of(call, 'digits'), { keys, party }),
  /** The last seconds once more, to this desk alone; 0 stops it. */
  replay: (call: string, seconds: number): Promise<Answer<unknown>> => ask('POST', of(call, 'replay'), { seconds }),
  /** Letters to a caller who reads; asked again with the same count, nothing is sent twice. */
  type: (call: string, stream: string, count: number, text: string): Promise<Answer<unknown>> => ask('POST', of(call, 'typing'), { stream, count, text }),
  /** A page for the caller to say where they are. It is told once. */
  locationLink: (call: string): Promise<Answer<LocationLink>> => ask('POST', of(call, 'location-link'), {}),
  directory: (): Promise<Answer<readonly Contact[]>> => ask('GET', '/api/directory'),
  texts: (call: string): Promise<Answer<readonly TextLine[]>> => ask('GET', of(call, 'texts')),
  recordings: (call: string): Promise<Answer<readonly Segment[]>> => ask('GET', of(call, 'recordings')),
  play: (call: string, segment: string, reason: string): Promise<Answer<PlayTicket>> =>
    ask('POST', of(call, `recordings/${encodeURIComponent(segment)}/play`), { reason }),
  health: (): Promise<Answer<Health>> => ask('GET', '/api/health'),
};
