/* A shape typed or pasted: GeoJSON, or pairs of coordinates in either order, in degrees with a point. Latitude and longitude
   of Indonesia never overlap, so which is which is read from the numbers. Pure. */
import type { Shape } from '../../wire/rows.ts';
import type { Key } from '../../ui/words.ts';

export type TypedShape =
  | { readonly kind: 'shape'; readonly shape: Shape; readonly positions: number; readonly is_longitude_first?: true }
  | { readonly kind: 'words' }
  | { readonly kind: 'wrong'; readonly error: Key };

type Position = [number, number];

/** Indonesia, and some water around it, in degrees. */
const LATITUDES = [-12, 8] as const;
const LONGITUDES = [94, 142] as const;
const KINDS: readonly string[] = ['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon'];
const CORNERS_MIN = 3;

/** What was typed. Words are a street to be looked up. `is_area`: three positions or more are an area, not a way. */
export function typedShape(text: string, is_area: boolean): TypedShape {
  const said = text.trim();
  if (said.startsWith('{')) return fromJson(said);
  if (/[a-z]/i.test(said) || !/\d/.test(said)) return { kind: 'words' };
  return fromNumbers(said, is_area);
}

function fromJson(text: string): TypedShape {
  try {
    const read = JSON.parse(text) as { type?: string; geometry?: unknown; features?: { geometry?: unknown }[] };
    const geometry = (read.type === 'Feature' ? read.geometry : read.type === 'FeatureCollection' && read.features?.length === 1 ? read.features[0]?.geometry : read) as Shape | null | undefined;
    if (!geometry || !KINDS.includes(geometry.type) || !Array.isArray(geometry.coordinates)) return { kind: 'wrong', error: 'roads.error.geojson' };
    return isTurned(geometry.coordinates) ? { kind: 'wrong', error: 'roads.error.turned' } : understood(geometry);
  } catch {
    return { kind: 'wrong', error: 'roads.error.geojson' };
  }
}

/** Whether a GeoJSON position begins with the latitude: in Indonesia the two never overlap. */
function isTurned(coordinates: readonly unknown[]): boolean {
  const [one, other] = coordinates;
  if (Array.isArray(one)) return isTurned(one);
  return typeof one === 'number' && typeof other === 'number' && isWithin(one, LATITUDES) && isWithin(other, LONGITUDES);
}

/** The shape, and its corners: the last position of a ring, which closes it, is no further one. */
function understood(shape: Shape): TypedShape {
  return { kind: 'shape', shape, positions: countPositions(shape.coordinates, shape.type.endsWith('Polygon')) };
}

function countPositions(coordinates: readonly unknown[], is_ring: boolean): number {
  if (typeof coordinates[0] === 'number') return 1;
  const inner = coordinates.filter((one) => Array.isArray(one));
  if (inner.length === 0 || typeof inner[0]?.[0] !== 'number') return inner.reduce((sum, one) => sum + countPositions(one, is_ring), 0);
  return inner.length - Number(is_ring && inner.length > 1 && String(inner[0]) === String(inner.at(-1)));
}

function fromNumbers(text: string, is_area: boolean): TypedShape {
  const numbers = text.split(/[\s,;]+/).filter((word) => word !== '').map(Number);
  if (numbers.some((one) => !Number.isFinite(one)) || numbers.length % 2 === 1) return { kind: 'wrong', error: 'roads.error.numbers' };
  const positions: Position[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    const position = positionOf(numbers[at] ?? 0, numbers[at + 1] ?? 0);
    if (!position) return { kind: 'wrong', error: 'roads.error.elsewhere' };
    positions.push(position);
  }
  const is_turned = positions.some(([lon], at) => lon === numbers[2 * at]);
  return { ...understood(shapeOf(positions, is_area)), ...(is_turned ? { is_longitude_first: true } : {}) };
}

function positionOf(one: number, other: number): Position | null {
  if (isWithin(one, LATITUDES) && isWithin(other, LONGITUDES)) return [other, one];
  if (isWithin(other, LATITUDES) && isWithin(one, LONGITUDES)) return [one, other];
  return null;
}

function isWithin(value: number, [least, most]: readonly [number, number]): boolean {
  return value >= least && value <= most;
}

function shapeOf(positions: readonly Position[], is_area: boolean): Shape {
  const [first] = positions;
  const last = positions.at(-1);
  if (first && positions.length === 1) return { type: 'Point', coordinates: first };
  if (!first || !last || !is_area || positions.length < CORNERS_MIN) return { type: 'LineString', coordinates: [...positions] };
  const is_closed = first[0] === last[0] && first[1] === last[1];
  return { type: 'Polygon', coordinates: [is_closed ? [...positions] : [...positions, first]] };
}

/** The shape as it can be typed again: one position a line, latitude first; what has parts as GeoJSON. */
export function typedAgain(shape: Shape): string {
  const pairs = (positions: readonly (readonly number[])[]): string => positions.map(([lon, lat]) => `${lat}, ${lon}`).join('\n');
  if (shape.type === 'Point') return pairs([shape.coordinates]);
  if (shape.type === 'LineString') return pairs(shape.coordinates);
  const [ring] = shape.type === 'Polygon' ? shape.coordinates : [];
  return ring && shape.type === 'Polygon' && shape.coordinates.length === 1 ? pairs(ring) : JSON.stringify(shape);
}
