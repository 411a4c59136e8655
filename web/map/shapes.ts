/* Shapes on the earth for the map: circles of an accuracy, middles of lines, what a person draws. Pure; GeoJSON has
   longitude before latitude, and a `Point` of ours has names. */
import type { Point, Sector } from '../wire/rows.ts';

const METRES_PER_DEGREE = 111_195;
/** Corners of a circle: enough that it looks round, few enough to draw ten of them. */
const CIRCLE_CORNERS = 48;

export type Position = [lon: number, lat: number];

export const positionOf = (point: Point): Position => [point.lon, point.lat];

/** A circle of that many metres around a point, closed. */
export function circle(point: Point, radius_m: number): Position[] {
  const north = radius_m / METRES_PER_DEGREE;
  const east = north / Math.max(0.01, Math.cos((point.lat * Math.PI) / 180));
  const ring: Position[] = [];
  for (let corner = 0; corner < CIRCLE_CORNERS; corner += 1) {
    const turn = (corner / CIRCLE_CORNERS) * 2 * Math.PI;
    ring.push([point.lon + east * Math.cos(turn), point.lat + north * Math.sin(turn)]);
  }
  return [...ring, ring[0] as Position];
}

/** A part of a ring around a point, closed: an antenna's sector. */
export function sectorOf(point: Point, { inner_m, outer_m, start_deg, opening_deg }: Sector): Position[] {
  const steps = Math.max(2, Math.ceil((opening_deg / 360) * CIRCLE_CORNERS));
  const arc = (radius_m: number): Position[] => {
    const north = radius_m / METRES_PER_DEGREE;
    const east = north / Math.max(0.01, Math.cos((point.lat * Math.PI) / 180));
    return Array.from({ length: steps + 1 }, (_, step) => {
      const turn = ((start_deg + (opening_deg * step) / steps) * Math.PI) / 180;
      return [point.lon + east * Math.sin(turn), point.lat + north * Math.cos(turn)];
    });
  };
  const outer = arc(outer_m);
  const inner = inner_m > 0 ? arc(inner_m).reverse() : [positionOf(point)];
  return [...outer, ...inner, outer[0] as Position];
}

/** Every position of a geometry, whatever its kind. */
export function positionsOf(geometry: GeoJSON.Geometry): Position[] {
  if (geometry.type === 'GeometryCollection') return geometry.geometries.flatMap(positionsOf);
  const flat = (value: unknown): Position[] =>
    Array.isArray(value) ? (typeof value[0] === 'number' ? [[Number(value[0]), Number(value[1])]] : value.flatMap(flat)) : [];
  return flat(geometry.coordinates);
}

/** Where to put a sign for a geometry: the point, the middle of the way, the middle of the area's corners. */
export function signAt(geometry: GeoJSON.Geometry): Position | null {
  const all = positionsOf(geometry);
  if (all.length === 0) return null;
  if (geometry.type === 'LineString') return all[Math.floor((all.length - 1) / 2)] ?? null;
  const middle = all.reduce<Position>((sum, [lon, lat]) => [sum[0] + lon / all.length, sum[1] + lat / all.length], [0, 0]);
  return middle;
}

/** The middle of a way by its length. */
export function middleOf(points: readonly Position[]): Position | null {
  const steps = points.slice(1).map((to, at) => {
    const from = points[at] as Position;
    return { from, to, length: Math.hypot(to[0] - from[0], to[1] - from[1]) };
  });
  let left = steps.reduce((sum, step) => sum + step.length, 0) / 2;
  for (const { from, to, length } of steps) {
    if (left <= length) {
      const share = length === 0 ? 0 : left / length;
      return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
    }
    left -= length;
  }
  return points[0] ?? null;
}

/** On which side of its middle a way leaves room for words to the right: below it where it rises, above it where it falls. */
export function sideOf(points: readonly Position[]): 'above' | 'below' {
  const third = Math.floor(points.length / 3);
  const from = points[third] as Position;
  const to = points[points.length - 1 - third] as Position;
  const [start, end] = points.length < 4 ? [points[0] as Position, points.at(-1) as Position] : [from, to];
  return (end[0] - start[0]) * (end[1] - start[1]) >= 0 ? 'below' : 'above';
}
