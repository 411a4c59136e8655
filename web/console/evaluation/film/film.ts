/* An incident as a film: its events and where its units were, at any moment of it. Pure; times are milliseconds since 1970. */
import type { IncidentTrack } from '../../../wire/map.ts';
import type { TimelineEntry } from '../../../wire/plans.ts';

export interface Place {
  readonly lat: number;
  readonly lon: number;
}
export interface Fix extends Place {
  readonly at: number;
}
export interface UnitWay {
  readonly unit: string;
  readonly fixes: readonly Fix[];
}
export interface Film {
  readonly start: number;
  readonly end: number;
  readonly events: readonly { readonly at: number; readonly entry: TimelineEntry }[];
  /** Where the incident was said to be, and from when on. */
  readonly places: readonly Fix[];
  readonly ways: readonly UnitWay[];
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
  const places = events.flatMap(({ at, entry }): Fix[] => {
    const point = (entry.params['place'] as { point?: Partial<Place> | null } | null | undefined)?.point;
    return typeof point?.lat === 'number' && typeof point.lon === 'number' ? [{ at, lat: point.lat, lon: point.lon }] : [];
  });
  const ways = tracks.map((track) => ({
    unit: track.unit,
    fixes: track.drives.flatMap((drive) => drive.points.map((point) => ({ lat: point.lat, lon: point.lon, at: Date.parse(point.at) }))).sort((a, b) => a.at - b.at),
  }));
  return { start: first.at, end: Math.max(events.at(-1)?.at ?? first.at, first.at + 1_000), events, places, ways: ways.filter((one) => one.fixes.length > 0) };
}

/** Where something was at that moment, on the straight line between two fixes; null before the first one. */
export function placeAt(fixes: readonly Fix[], at: number): Fix | null {
  let before: Fix | null = null;
  for (const fix of fixes) {
    if (fix.at > at) {
      if (before === null) return null;
      const share = (at - before.at) / (fix.at - before.at || 1);
      return { at, lat: before.lat + (fix.lat - before.lat) * share, lon: before.lon + (fix.lon - before.lon) * share };
    }
    before = fix;
  }
  return before;
}

/** What the place was said to be by then; it does not move between two corrections. */
export function saidBy(places: readonly Fix[], at: number): Place | null {
  return places.filter((one) => one.at <= at).at(-1) ?? null;
}

/** The event after or before a moment; the end or the beginning where there is none. */
export function eventBeside(film: Film, at: number, by: 1 | -1): number {
  return by === 1 ? (film.events.find((one) => one.at > at)?.at ?? film.end) : (film.events.findLast((one) => one.at < at)?.at ?? film.start);
}

/** The film with room for a recording: a call rings before its incident is opened. */
export function reaching(film: Film, from: number, until: number): Film {
  return from < film.start || until > film.end ? { ...film, start: Math.min(film.start, from), end: Math.max(film.end, until) } : film;
}

/** What of a recording, in seconds, belongs to that moment; null before its first second and after its last. */
export function secondOf(started: number, seconds: number, at: number): number | null {
  const second = (at - started) / 1000;
  return second >= 0 && second <= seconds ? second : null;
}

/** The moment so many milliseconds later at that speed, never beyond the end. */
export const later = (film: Film, at: number, elapsed_ms: number, speed: number): number => Math.min(at + elapsed_ms * speed, film.end);
