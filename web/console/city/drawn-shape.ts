/* What can be said of a shape in words: how long its lines are, and where it lies. Pure. */
import type { Point, Shape } from '../../wire/rows.ts';

type Position = readonly number[];

const METRES_A_DEGREE = 111_195;

/** Metres along the lines of a shape; 0 for a point and an area. */
export function lengthM(shape: Shape): number {
  if (shape.type === 'LineString') return alongM(shape.coordinates);
  return shape.type === 'MultiLineString' ? shape.coordinates.reduce((sum, line) => sum + alongM(line), 0) : 0;
}

function alongM(line: readonly Position[]): number {
  let metres = 0;
  line.forEach(([lon = 0, lat = 0], at) => {
    const [to_lon, to_lat] = line[at + 1] ?? [];
    if (to_lon === undefined || to_lat === undefined) return;
    const east = (to_lon - lon) * Math.cos((lat * Math.PI) / 180);
    metres += Math.hypot(to_lat - lat, east) * METRES_A_DEGREE;
  });
  return metres;
}

/** A point that a shape may be named by: the middle corner of its first line, the middle of an area's corners. */
export function middleOf(shape: Shape): Point | null {
  const positions = firstPart(shape);
  if (shape.type.endsWith('Polygon')) {
    const corners = positions.slice(1); // the first is said again at the end
    const sum = corners.reduce<[number, number]>(([east, north], [lon = 0, lat = 0]) => [east + lon, north + lat], [0, 0]);
    return corners.length === 0 ? null : { lat: sum[1] / corners.length, lon: sum[0] / corners.length };
  }
  const [lon, lat] = positions[Math.floor(positions.length / 2)] ?? [];
  return lon === undefined || lat === undefined ? null : { lat, lon };
}

function firstPart(shape: Shape): readonly Position[] {
  switch (shape.type) {
    case 'Point':
      return [shape.coordinates];
    case 'MultiPoint':
    case 'LineString':
      return shape.coordinates;
    case 'MultiLineString':
    case 'Polygon':
      return shape.coordinates[0] ?? [];
    case 'MultiPolygon':
      return shape.coordinates[0]?.[0] ?? [];
  }
}
