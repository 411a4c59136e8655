/* The rows of the board as things to draw: what is where, by which sign, with which words. Pure: the same rows give the
   same picture, and nothing in here knows a map or a screen. */
import type { Located } from '../board/table.svelte.ts';
import { signOf, type UnitSign } from '../ui/unit-state.ts';
import type { Drive, IncidentTrack, MapFacility, Route } from '../wire/map.ts';
import type { ClosureRow, EngagementRow, IncidentRow, Place, Point, Priority, Sector, UnitRow } from '../wire/rows.ts';
import type { Drawn } from './changes.ts';
import { circle, middleOf, positionOf, sectorOf, sideOf, signAt, type Position } from './shapes.ts';
import { ageOf } from './unit-sign.ts';

/** Where something or somebody says that the caller is. Drawn as said: never as the place of the incident. */
export interface SaidPosition {
  readonly key: string;
  readonly point: Point;
  readonly radius_m: number | null;
  /** The part of that circle that a cell's antenna serves. */
  readonly sector?: Sector | null;
  /** In words: where it comes from, when, how far off it may be. */
  readonly label: string;
}

/** Words this part needs and does not choose. */
export interface Say {
  age(seconds: number): string;
  closure(row: ClosureRow): string;
  minutes(route: Route): string;
  time(at: string): string;
}

const point = (position: Position): GeoJSON.Point => ({ type: 'Point', coordinates: position });

/** The loudest is drawn last, so that it is never covered. */
const RANK: Readonly<Record<UnitSign, number>> = { nonaktif: 0, siaga: 1, tiba: 2, membawa: 3, menuju: 4, darurat: 5 };
const AT_WORK: readonly UnitSign[] = ['menuju', 'membawa', 'darurat'];

export interface UnitsSeen {
  readonly units: readonly UnitRow[];
  readonly engagement: (unit: string) => EngagementRow | undefined;
  readonly where: ReadonlyMap<string, Located>;
  readonly ringed: ReadonlySet<string>;
  readonly now: number;
}

export function unitsDrawn({ units, engagement, where, ringed, now }: UnitsSeen, say: Say): Drawn[] {
  return units.flatMap((row): Drawn[] => {
    const at = where.get(row.key);
    return at ? [unitDrawn({ key: row.key, sign: signOf(row, engagement(row.key)), at, is_ringed: ringed.has(row.key), now }, say)] : [];
  });
}

export interface UnitSeen {
  readonly key: string;
  readonly sign: UnitSign;
  readonly at: Located;
  readonly is_ringed: boolean;
  readonly now: number;
}

/** It has its `name` from near; `afar` is what is said from farther away: of one at work or chosen all, of a stale position
    always how old it is. */
export function unitDrawn({ key, sign, at, is_ringed, now }: UnitSeen, say: Say): Drawn {
  const age_s = Math.max(0, (now - at.at) / 1000);
  const age = ageOf(age_s);
  const is_fresh = age === 'fresh';
  const old = is_fresh ? '' : `? ${say.age(age_s)}`;
  const name = is_fresh ? key : `${key} ${old}`;
  return {
    id: key,
    geometry: point([at.lon, at.lat]),
    properties: {
      key,
      icon: `unit-${sign}-${age}`,
      name,
      afar: is_ringed || AT_WORK.includes(sign) ? name : old,
      ringed: is_ringed,
      heads: at.heading !== null && is_fresh,
      heading: at.heading ?? 0,
      rank: RANK[sign] + (is_ringed ? 10 : 0),
    },
  };
}

/** Two incidents nearer than this many degrees (about 50 m) would hide each other: they are fanned out. */
const SAME_SPOT = 4.5e-4;
const FAN_PX = 15;

export function incidentsDrawn(rows: readonly IncidentRow[], selected: string | null): Drawn[] {
  const spots: { at: Point; group: IncidentRow[] }[] = [];
  for (const row of rows) {
    const where = row.state === 'closed' ? null : row.place?.point;
    if (!where) continue;
    const spot = spots.find(({ at }) => Math.abs(at.lat - where.lat) < SAME_SPOT && Math.abs(at.lon - where.lon) < SAME_SPOT);
    if (spot) spot.group.push(row);
    else spots.push({ at: where, group: [row] });
  }
  return spots.flatMap(({ at: spot, group }) =>
    group.map((row, at) => incidentDrawn({ key: row.key, number: String(row.number), priority: row.priority ?? 'P0', at: row.place?.point ?? spot, is_selected: row.key === selected, fan: fan(at, group.length) })),
  );
}

/** How far off the places of open incidents may be: a sign without its doubt looks as sure as a pin. */
export function doubtsDrawn(rows: readonly IncidentRow[]): Drawn[] {
  return rows.flatMap(({ key, state, place }): Drawn[] => {
    const outline = state !== 'closed' && place ? doubtOf(place) : null;
    return outline ? [{ id: `${key}/doubt`, geometry: { type: 'Polygon', coordinates: [outline] }, properties: {} }] : [];
  });
}

/** Where a place may really be, closed; none where it is as good as known. */
export function doubtOf({ point: middle, radius_m, sector }: Place): Position[] | null {
  return middle ? outlineOf({ point: middle, radius_m: radius_m ?? null, sector: sector ?? null }) : null;
}

/** Pixels beside its true place; none for one alone. */
function fan(at: number, of: number): [number, number] {
  if (of === 1) return [0, 0];
  const turn = (at / of) * 2 * Math.PI - Math.PI / 2;
  return [Math.round(Math.cos(turn) * FAN_PX), Math.round(Math.sin(turn) * FAN_PX)];
}

export interface IncidentSeen {
  readonly key: string;
  readonly number: string;
  readonly priority: Priority;
  readonly at: Point;
  readonly is_selected: boolean;
  /** Pixels beside its true place. */
  readonly fan?: readonly [number, number];
}

export function incidentDrawn({ key, number, priority, at, is_selected, fan: [x, y] = [0, 0] }: IncidentSeen): Drawn {
  return {
    id: key,
    geometry: point(positionOf(at)),
    properties: {
      key,
      icon: `incident-${priority}`,
      name: number,
      ringed: is_selected,
      fan: [x, y],
      beside: [(is_selected ? 1.7 : 0.9) + x / 14, y / 14],
      rank: 10 - Number(priority.slice(1)) + (is_selected ? 20 : 0),
    },
  };
}

/** One sign for every post; two units at home there do not make two. */
export function postsDrawn(units: readonly UnitRow[]): Drawn[] {
  const posts = new Map(units.map((row) => [row.post, row] as const));
  return [...posts].map(([post, row]) => ({ id: post, geometry: point(positionOf(row.home)), properties: { key: post } }));
}

const PLACES: ReadonlySet<string> = new Set(['hospital', 'clinic', 'fire_station', 'police', 'ambulance_station']);

export function facilitiesDrawn(facilities: readonly MapFacility[]): Drawn[] {
  return facilities.map((one) => ({
    id: one.key,
    geometry: point(positionOf(one.point)),
    properties: { key: one.key, icon: `place-${PLACES.has(one.kind) ? one.kind : 'other'}`, name: one.name },
  }));
}

/** Whether it was drawn for later. */
export function isPlanned({ from_at }: Pick<ClosureRow, 'from_at'>, now: number): boolean {
  return from_at !== null && Date.parse(from_at) > now;
}

/** Whether a closure counts now: begun, not over, not lifted. */
export function isInForce(row: ClosureRow, now: number): boolean {
  const is_over = row.until_at !== null && Date.parse(row.until_at) <= now;
  return row.lifted_at === null && !isPlanned(row, now) && !is_over;
}

/** Water on the road, by its depth or by its reason. */
export const isFlood = (row: ClosureRow): boolean => row.depth_cm !== null || /flood|banjir|rob/i.test(row.reason);

export function closuresDrawn(rows: readonly ClosureRow[], now: number, say: Say): { shapes: Drawn[]; signs: Drawn[] } {
  const shapes: Drawn[] = [];
  const signs: Drawn[] = [];
  for (const row of rows) {
    if (!isInForce(row, now)) continue;
    const what = isFlood(row) ? 'flood' : 'closed';
    const form = row.geometry.type.endsWith('Polygon') ? 'area' : 'line';
    const properties = { key: row.key, what, form, name: say.closure(row) };
    shapes.push({ id: row.key, geometry: row.geometry, properties });
    const at = signAt(row.geometry);
    if (at) signs.push({ id: row.key, geometry: point(at), properties });
  }
  return { shapes, signs };
}

/** Where the caller may be, closed: the sector, or the circle; none without a doubt. */
export function outlineOf({ point: middle, radius_m, sector }: Pick<SaidPosition, 'point' | 'radius_m' | 'sector'>): Position[] | null {
  if (sector) return sectorOf(middle, sector);
  return radius_m !== null && radius_m > 0 ? circle(middle, radius_m) : null;
}

export function saidDrawn(positions: readonly SaidPosition[]): Drawn[] {
  return positions.flatMap((one): Drawn[] => {
    const outline = outlineOf(one);
    return [
      ...(outline ? [{ id: `${one.key}/area`, geometry: { type: 'Polygon' as const, coordinates: [outline] }, properties: { name: one.label } }] : []),
      { id: `${one.key}/point`, geometry: point(positionOf(one.point)), properties: { name: one.label } },
    ];
  });
}

/** Where a figure comes from when no road gave it. */
export const STRAIGHT = 'straight_line';

export function waysDrawn(routes: readonly Route[], say: Say): { ways: Drawn[]; names: Drawn[] } {
  const ways: Drawn[] = [];
  const names: Drawn[] = [];
  for (const route of routes) {
    const line = route.points.map(([lat, lon]): Position => [lon, lat]);
    if (line.length < 2) continue;
    const by_road = !route.travel.source.startsWith(STRAIGHT);
    ways.push({ id: route.unit, geometry: { type: 'LineString', coordinates: line }, properties: { key: route.unit, by_road } });
    const middle = middleOf(line);
    if (middle) names.push({ id: route.unit, geometry: point(middle), properties: { name: `${route.unit} ${say.minutes(route)}`, side: sideOf(line) } });
  }
  return { ways, names };
}

/** Between two times written beside a track, in milliseconds. */
export const TRACK_MARK_MS = 5 * 60_000;

/** Lines with a mark at the start, each five minutes and the end of every drive. */
export function tracksDrawn(tracks: readonly IncidentTrack[], say: Say): Drawn[] {
  return tracks.flatMap(({ unit, drives }) => drives.flatMap((drive, at) => driveDrawn(`${unit}/${at}`, unit, drive, say)));
}

function driveDrawn(id: string, unit: string, { points }: Drive, say: Say): Drawn[] {
  const line = points.map((one): Position => [one.lon, one.lat]);
  let marked_at = Number.NEGATIVE_INFINITY;
  const marks = points.flatMap((one, at): Drawn[] => {
    const when = Date.parse(one.at);
    const is_end = at === 0 || at === points.length - 1;
    if (!is_end && when - marked_at < TRACK_MARK_MS) return [];
    marked_at = when;
    const name = at === 0 ? `${unit} ${say.time(one.at)}` : say.time(one.at);
    return [{ id: `${id}/${at}`, geometry: point(line[at] as Position), properties: { name, is_end } }];
  });
  const way: Drawn[] = line.length < 2 ? [] : [{ id, geometry: { type: 'LineString', coordinates: line }, properties: { name: unit, is_end: false } }];
  return [...way, ...marks];
}
