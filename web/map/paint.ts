/* What of the board, and of the incident in hand, is drawn on the map, layer by layer. Positions are read as they are and
   never enter the framework. */
import { board } from '../board/board.svelte.ts';
import { serverClock } from '../board/clock.svelte.ts';
import type { IncidentTrack, Route } from '../wire/map.ts';
import type { Point } from '../wire/rows.ts';
import { city_facts } from './city-facts.svelte.ts';
import type { CityMap } from './city-map.ts';
import { closuresDrawn, doubtsDrawn, facilitiesDrawn, incidentsDrawn, postsDrawn, saidDrawn, tracksDrawn, unitsDrawn, waysDrawn, type SaidPosition } from './features.ts';
import { say } from './words.ts';

/** What belongs to the incident in hand. */
interface InHand {
  readonly selected_incident: string | null;
  readonly ways: readonly Route[];
  readonly drives: readonly IncidentTrack[];
  readonly said: readonly SaidPosition[];
  readonly pin: Point | null;
}

/** Every unit where it is, those of `ringed` in a ring. */
export function paintUnits(map: CityMap, ringed: ReadonlySet<string>): void {
  const units = board.unit.all().map((live) => live.row);
  map.draw('units', unitsDrawn({ units, engagement: (unit) => board.engagement.get(unit)?.row, where: board.where.of, ringed, now: serverClock.now() }, say));
}

/** All else: incidents, closed roads, posts, facilities, ways and drives, where the caller may be. */
export function paintRows(map: CityMap, { selected_incident, ways, drives, said, pin }: InHand): void {
  const now = serverClock.now();
  const incidents = board.incident.all().map((live) => live.row);
  map.draw('incidents', incidentsDrawn(incidents, selected_incident));
  const closures = closuresDrawn(board.closure.all().map((live) => live.row), now, say);
  map.draw('closures', closures.shapes);
  map.draw('signs', closures.signs);
  map.draw('posts', postsDrawn(board.unit.all().map((live) => live.row)));
  map.draw('facilities', facilitiesDrawn(city_facts.facilities));
  const drawn = waysDrawn(ways, say);
  map.draw('ways', drawn.ways);
  map.draw('way_names', drawn.names);
  map.draw('tracks', tracksDrawn(drives, say));
  map.draw('said', [...doubtsDrawn(incidents), ...saidDrawn(said)]);
  map.draw('pin', pin ? [{ id: 'pin', geometry: { type: 'Point', coordinates: [pin.lon, pin.lat] }, properties: {} }] : []);
}
