/* What the map says in words: closed roads, ways, ages. */
import { age, range } from '../ui/format.ts';
import { show, t, told, words } from '../ui/i18n.svelte.ts';
import type { Route } from '../wire/map.ts';
import { dayOf } from '../ui/wall-time.ts';
import { textOf, type ClosureRow } from '../wire/rows.ts';
import { isFlood, STRAIGHT, type Say } from './features.ts';

/** An hour, with its day unless that is today. */
export function moment(at: string, now: number): string {
  const hour = show.time(at, false);
  return dayOf(Date.parse(at), words.zone) === dayOf(now, words.zone) ? hour : `${show.date(at)} ${hour}`;
}

/** Why a road is shut, how deep the water is, until when. */
export function saidOfClosure(row: ClosureRow): string {
  const reason = textOf(row.reason_text) || (row.reason === '' || row.reason === 'text' ? '' : told(`road_reason.${row.reason}`));
  const what = reason === '' || reason.startsWith('road_reason.') ? t(isFlood(row) ? 'map.flooded' : 'map.shut') : reason;
  const depth = row.depth_cm === null ? '' : ` ${row.depth_cm} cm`;
  const until = row.until_at === null ? '' : ` ${t('map.until', { time: show.time(row.until_at, false) })}`;
  return `${what}${depth}${until}`;
}

/** Minutes of a way; a straight line says that it is one. */
export function saidOfWay({ travel }: Route): string {
  const minutes = `${range(travel.seconds_low, travel.seconds_high)} ${t('map.minutes')}`;
  return travel.source.startsWith(STRAIGHT) ? `≈ ${minutes}` : minutes;
}

/** Where figures of the roads come from; a city that brings its own words keeps them. */
export function saidOfSource({ source, label }: { readonly source: string; readonly label: string }): string {
  const key = `source.${source}`;
  const said = told(key);
  return said === key ? label : said;
}

export const say: Say = {
  age: (seconds) => age(seconds, words.language),
  closure: saidOfClosure,
  minutes: saidOfWay,
  time: (at) => show.time(at, false),
};
