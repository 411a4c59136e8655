/* How far two points are from each other, and whether that is too far to be one place. Pure. */
import type { CallerPosition, Place, Point } from '../wire/rows.ts';

const EARTH_M = 6_371_000;

/** Great-circle distance in metres. */
export function metresBetween(a: Point, b: Point): number {
  const rad = Math.PI / 180;
  const x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) / 2) * rad);
  const y = (b.lat - a.lat) * rad;
  return Math.hypot(x, y) * EARTH_M;
}

/** From so many metres on a telephone is elsewhere, beyond the doubt of both. */
const ELSEWHERE_M = 1_000;

/** How far the place is from the position to believe first, in metres, where that is too far to be one place; else null. A
    position that tells no doubt is no witness, nor is a place that somebody took over from it. */
export function farFromCaller(place: Pick<Place, 'point' | 'radius_m'> | null, first: Pick<CallerPosition, 'point' | 'radius_m'> | undefined): number | null {
  if (!place?.point || !first || first.radius_m === null) return null;
  const metres = metresBetween(place.point, first.point);
  return metres - first.radius_m - (place.radius_m ?? 0) > ELSEWHERE_M ? metres : null;
}
