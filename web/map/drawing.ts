/* A point, a line or an area while somebody draws it, corner by corner, with the mouse or at the crosshair. Knows no map:
   whoever shows it asks for `sketch`, and gets the finished shape from `finish`. Pure. */
import { positionOf, type Position } from './shapes.ts';
import type { Point } from '../wire/rows.ts';

export type DrawnKind = 'point' | 'line' | 'polygon';
export type DrawnShape = GeoJSON.Point | GeoJSON.LineString | GeoJSON.Polygon;

/** Corners one shape may have; the server takes no more. */
export const CORNERS_MAX = 499;
const CORNERS_NEEDED: Readonly<Record<DrawnKind, number>> = { point: 1, line: 2, polygon: 3 };

export class Drawing {
  readonly kind: DrawnKind;
  #corners: Position[] = [];

  constructor(kind: DrawnKind) {
    this.kind = kind;
  }

  get corners(): number {
    return this.#corners.length;
  }

  /** Corners still missing before it can be finished. */
  get missing(): number {
    return Math.max(0, CORNERS_NEEDED[this.kind] - this.#corners.length);
  }

  /** Adds a corner; a second click on the same spot adds none. True when that finished the shape. */
  add(point: Point): boolean {
    const [lon, lat] = positionOf(point);
    const last = this.#corners.at(-1);
    if (last && last[0] === lon && last[1] === lat) return false;
    if (this.#corners.length < CORNERS_MAX) this.#corners.push([lon, lat]);
    return this.kind === 'point';
  }

  undo(): void {
    this.#corners.pop();
  }

  /** The shape, or null while corners are missing. */
  finish(): DrawnShape | null {
    const [first] = this.#corners;
    if (!first || this.missing > 0) return null;
    if (this.kind === 'point') return { type: 'Point', coordinates: first };
    if (this.kind === 'line') return { type: 'LineString', coordinates: [...this.#corners] };
    return { type: 'Polygon', coordinates: [[...this.#corners, first]] };
  }

  /** What is to be seen of it so far. */
  sketch(): GeoJSON.Feature[] {
    const corners = this.#corners.map((position): GeoJSON.Feature => ({ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: position } }));
    if (this.#corners.length < 2) return corners;
    const shape = this.finish() ?? { type: 'LineString' as const, coordinates: [...this.#corners] };
    return [...corners, { type: 'Feature', properties: {}, geometry: shape }];
  }
}
