/* What is asked of the map to shut a road: a street's own line, what a place is called, and which roads a drawing means. */
import { ask, type Answer } from './api.ts';
import type { ClosureRow, Point, Shape } from './rows.ts';

/** A street as lines to draw, latitude before longitude. */
export interface StreetShown {
  readonly name: string;
  readonly lines: readonly (readonly (readonly [number, number])[])[];
  readonly length_m: number;
}

/** What is at a point: its kelurahan, and names around it with their distance in metres, the nearest first. */
export interface NamedPoint {
  readonly kelurahan: string | null;
  readonly label: string;
  readonly near?: readonly (readonly [string, number])[];
}

/** What a closure means: pieces of road, and the names of the longest; `more` names beside those. */
export interface ShutShown {
  readonly pieces: number;
  readonly names: readonly string[];
  readonly more: number;
}

export const naming = {
  /** The street of a proposal; refused where no line of it is known. */
  street: (key: string, label: string, near: Point): Promise<Answer<StreetShown>> => ask('POST', '/api/map/street', { key, label, near }),
  /** Which roads a closure would shut; refused while the roads do not answer. */
  shut: (geometry: Shape, direction: ClosureRow['direction'], is_flood: boolean): Promise<Answer<ShutShown>> => ask('POST', '/api/map/shut', { geometry, direction, is_flood }),
  name: (point: Point): Promise<Answer<NamedPoint>> => ask('POST', '/api/map/name', { point }),
};
