/* An incident as a film: its events and where its units were, at any moment of it. Pure; times are milliseconds since 1970. */
import type { IncidentTrack } from '../../../wire/map.ts';
import type { TimelineEntry } from '../../../wire/plans.ts';
import type { Place, Point, Progress } from '../../../wire/rows.ts';

export interface Fix extends Point {
  readonly at: number;
}
/** Where the incident was said to be, from then on. */
export interface Said extends Fix {
  readonly place: Place;
}
/** From an assignment to its end: no later than that is the unit of this film. */
export interface Drive {
  readonly until: number;
  readonly fixes: readonly Fix[];
}
export interface UnitWay {
  readonly unit: string;
  readonly drives: readonly Drive[];
}
export interface Film {
  readonly start: number;
  readonly end: number;
  readonly events: readonly { readonly at: number; readonly entry: TimelineEntry }[];
  readonly places: readonly Said[];
  readonly ways: readonly UnitWay[];
  /** The same as they were read. */
  readonly tracks: readonly IncidentTrack[];
}

export const SPEEDS = [1, 2, 4, 8, 16, 32] as const;

/** Units that had to do with it, in the order in which they came in. */
export function unitsOf(entries: readonly TimelineEntry[]): string[] {
  return [...new Set(entries.map(({ params }) => params['unit']).filter((unit): unit is string => typeof unit === 'string'))];
}

export function filmOf(entries: readonly TimelineEntry[], tracks: readonly IncidentTrack[]): Film | null {
  const events = entries.map((entry) => ({ at: Date.parse(entry.at), entry })).sort((a, b) => a.at - b.at);
  const [first] = events;
  if (first === undefined) return null;
  const places = events.flatMap(({ at, entry }): Said[] => {
    const place = entry.params['place'] as Place | null | undefined;
    return place?.point ? [{ at, ...place.point, place }] : [];
  });
  const ways = tracks.map(({ unit, drives }) => ({ unit, drives: drives.map(driveOf).filter((one) => one.fixes.length > 0) }));
  return { start: first.at, end: Math.max(events.at(-1)?.at ?? first.at, first.at + 1_000), events, places, ways: ways.filter((one) => one.drives.length > 0), tracks };
}

const driveOf = ({ until_at, points }: IncidentTrack['drives'][number]): Drive => ({
  until: Date.parse(until_at),
  fixes: points.map((point) => ({ lat: point.lat, lon: point.lon, at: Date.parse(point.at) })).sort((a, b) => a.at - b.at),
});

/** The last position by then of the drive that was going on: where it is between two of them, nobody knows. */
export function fixBy(way: UnitWay, at: number): Fix | null {
  const drive = way.drives.findLast((one) => (one.fixes[0]?.at ?? Number.POSITIVE_INFINITY) <= at);
  return drive && at <= drive.until ? (drive.fixes.findLast((one) => one.at <= at) ?? null) : null;
}

/** What a unit had said of its work by then. */
export function progressBy(film: Film, unit: string, at: number): Progress {
  const last = film.events.findLast(({ at: then, entry }) => then <= at && entry.params['unit'] === unit && typeof entry.params['progress'] === 'string');
  return (last?.entry.params['progress'] as Progress | undefined) ?? 'assigned';
}

/** What the place was said to be by then; it does not move between two corrections. */
export function saidBy(places: readonly Said[], at: number): Said | null {
  return places.findLast((one) => one.at <= at) ?? null;
}

/** The event after or before a moment; the end or the beginning where there is none. */
export function eventBeside(film: Film, at: number, by: 1 | -1): number {
  return by === 1 ? (film.events.find((one) => one.at > at)?.at ?? film.end) : (film.events.findLast((one) => one.at < at)?.at ?? film.start);
}

/** The film with room for a recording: a call rings before its incident is opened. */
export function reaching(film: Film, from: number, until: number): Film {
  return from < film.start || until > film.end ? { ...film, start: Math.min(film.start, from), end: Math.max(film.end, until) } : film;
}

/** Who is set to the very end of a recording and plays it, hears it from its beginning. */
const LEFT_S = 0.1;

/** What of a recording, in seconds, belongs to that moment; null before its first second and where nothing is left to hear. */
export function secondOf(started: number, seconds: number, at: number): number | null {
  const second = (at - started) / 1000;
  return second >= 0 && second <= seconds - LEFT_S ? second : null;
}

/** The moment so many milliseconds later at that speed, never beyond the end. */
export const later = (film: Film, at: number, elapsed_ms: number, speed: number): number => Math.min(at + elapsed_ms * speed, film.end);
