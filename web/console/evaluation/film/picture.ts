/* A moment of a film as things on the map: where the place was said to be, the ways driven by then, and each unit at its last
   position with its age. Pure. */
import { SIGN_OF } from '../../../ui/unit-state.ts';
import type { Drawn } from '../../../map/changes.ts';
import { doubtOf, incidentDrawn, unitDrawn, type Say } from '../../../map/features.ts';
import type { Bounds } from '../../../map/city-map.ts';
import { positionOf } from '../../../map/shapes.ts';
import type { Point, Priority } from '../../../wire/rows.ts';
import { fixBy, progressBy, saidBy, type Film } from './film.ts';

/** Around what is shown, in degrees: about 400 m. */
const AROUND = 0.004;

const pointsOf = (film: Film): Point[] => [...film.places, ...film.ways.flatMap((way) => way.drives.flatMap((drive) => drive.fixes))];

/** South, west, north, east of all that happens in it; null without a place and without a way. */
export function boundsOf(film: Film): Bounds | null {
  const points = pointsOf(film);
  if (points.length === 0) return null;
  const box = points.reduce<[number, number, number, number]>(
    ([south, west, north, east], { lat, lon }) => [Math.min(south, lat), Math.min(west, lon), Math.max(north, lat), Math.max(east, lon)],
    [90, 180, -90, -180],
  );
  return [box[0] - AROUND, box[1] - AROUND, box[2] + AROUND, box[3] + AROUND];
}

/** What was driven by then, drive by drive. */
export function drivenBy(film: Film, at: number): Drawn[] {
  return film.ways.flatMap(({ unit, drives }) =>
    drives.flatMap(({ fixes }, number): Drawn[] => {
      const gone = fixes.filter((fix) => fix.at <= at);
      return gone.length < 2 ? [] : [{ id: `${unit}/${number}`, geometry: { type: 'LineString', coordinates: gone.map(positionOf) }, properties: { key: unit, by_road: true } }];
    }),
  );
}

export function unitsBy(film: Film, at: number, say: Say): Drawn[] {
  return film.ways.flatMap((way): Drawn[] => {
    const fix = fixBy(way, at);
    return fix ? [unitDrawn({ key: way.unit, sign: SIGN_OF[progressBy(film, way.unit, at)], at: { ...fix, heading: null }, is_ringed: true, now: at }, say)] : [];
  });
}

/** The place by then, and how far off it may be. */
export function placeBy(film: Film, at: number, number: string, priority: Priority): { incidents: Drawn[]; said: Drawn[] } {
  const here = saidBy(film.places, at);
  if (here === null) return { incidents: [], said: [] };
  const doubt = doubtOf(here.place);
  return {
    incidents: [incidentDrawn({ key: 'place', number, priority, at: here, is_selected: true })],
    said: doubt ? [{ id: 'doubt', geometry: { type: 'Polygon', coordinates: [doubt] }, properties: {} }] : [],
  };
}
