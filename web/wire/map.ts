/* What the server says of the map: the city in use, what stands in it, ways and coverage. The tiles themselves are read by
   `map/tiles.ts`. */
import { ask, type Answer } from './api.ts';
import type { Point } from './rows.ts';

/** What the speeds of the roads were learnt from. */
export interface SpeedsShown {
  readonly made_at: string;
  readonly days: number;
  readonly journeys: number;
  readonly kilometres: number;
}

export interface CityShown {
  /** `loading`: the roads are not ready yet; `away`: nobody answers. Straight lines serve meanwhile. */
  readonly state: 'ready' | 'loading' | 'away';
  readonly version: string;
  /** What every screen says of this map. */
  readonly label: string;
  readonly is_synthetic: boolean;
  /** South, west, north, east. */
  readonly bounds?: readonly [number, number, number, number] | null;
  readonly attribution?: string;
  readonly has_tiles?: boolean;
  /** What is wrong with a newer version that is therefore not in use. */
  readonly problem?: string;
  /** Absent while the speeds are the table's. */
  readonly speeds?: SpeedsShown | null;
}

export interface MapFacility {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly point: Point;
  readonly source: 'map' | 'pack';
}

export interface MapCity {
  readonly city: CityShown;
  readonly facilities: readonly MapFacility[];
}

export interface Travel {
  readonly seconds_low: number;
  readonly seconds_high: number;
  readonly distance_m: number;
  readonly source: string;
}

/** A way to draw, latitude before longitude; a straight line has two points. */
export interface Route {
  readonly unit: string;
  readonly points: readonly (readonly [number, number])[];
  readonly travel: Travel;
  readonly walk_m?: number;
  readonly marks?: readonly string[];
}

/** Where a unit was while it worked on an incident, assignment by assignment. */
export interface IncidentTrack {
  readonly incident: string;
  readonly unit: string;
  readonly drives: readonly Drive[];
}

/** `fixes` were found; `points` are what a map needs of them, the earliest first. */
export interface Drive {
  readonly from_at: string;
  readonly until_at: string;
  readonly fixes: number;
  readonly points: readonly { readonly lat: number; readonly lon: number; readonly at: string }[];
}

export interface AreaReach {
  readonly code: string;
  readonly name: string;
  readonly seconds: number | null;
}

export interface CoverageShown {
  readonly source: string;
  readonly label: string;
  readonly limits_s: readonly number[];
  readonly road_shares: readonly number[];
  readonly areas: readonly AreaReach[];
  readonly shapes?: GeoJSON.FeatureCollection | null;
}

const named = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString();

export const map_questions = {
  city: (): Promise<Answer<MapCity>> => ask('GET', '/api/map/city'),
  routes: (incident: string, units: readonly string[]): Promise<Answer<readonly Route[]>> => ask('GET', `/api/map/routes?${named({ incident, units: units.join(',') })}`),
  coverage: (kind: string, shapes: boolean): Promise<Answer<CoverageShown>> => ask('GET', `/api/map/coverage?${named({ kind, ...(shapes ? { shapes: '1' } : {}) })}`),
  /** On record: it says where people were. */
  track: (incident: string, unit: string): Promise<Answer<IncidentTrack>> => ask('POST', `/api/incidents/${encodeURIComponent(incident)}/track`, { unit }),
};

/** Ways that may be asked for at once. */
export const ROUTES_MAX = 6;
