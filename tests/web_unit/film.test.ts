/* An incident played again: where things were at any moment, and what is before and after it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventBeside, filmOf, fixBy, later, progressBy, reaching, saidBy, secondOf, unitsOf } from '../../web/console/evaluation/film/film.ts';
import { boundsOf, drivenBy, placeBy, unitsBy } from '../../web/console/evaluation/film/picture.ts';
import type { TimelineEntry } from '../../web/wire/plans.ts';

const entry = (at: string, kind: string, params: Record<string, unknown> = {}): TimelineEntry => ({ at, recorded_at: at, kind, stream: 'incident:i1', agent_name: '', params });
const ENTRIES = [
  entry('2026-11-26T01:00:00Z', 'incident.opened'),
  entry('2026-11-26T01:01:00Z', 'incident.located', { place: { point: { lat: -7, lon: 110.4 } } }),
  entry('2026-11-26T01:02:00Z', 'assignment.assigned', { unit: 'AMB02' }),
  entry('2026-11-26T01:03:00Z', 'incident.located', { place: { point: null } }),
  entry('2026-11-26T01:10:00Z', 'assignment.progressed', { unit: 'AMB02', progress: 'on_scene' }),
];
const at = (text: string): number => Date.parse(`2026-11-26T${text}Z`);
const TRACK = { incident: 'i1', unit: 'AMB02', drives: [{ from_at: '2026-11-26T01:02:00Z', until_at: '2026-11-26T01:10:00Z', fixes: 2, points: [{ lat: -7.1, lon: 110.4, at: '2026-11-26T01:02:00Z' }, { lat: -7, lon: 110.4, at: '2026-11-26T01:06:00Z' }] }] };

test('a film reaches from the first event to the last, whoever tells them in which order', () => {
  const film = filmOf([...ENTRIES].reverse(), [TRACK]);
  assert.ok(film);
  assert.deepEqual([film.start, film.end], [at('01:00:00'), at('01:10:00')]);
  assert.deepEqual(unitsOf(ENTRIES), ['AMB02']);
  assert.equal(filmOf([], []), null);
  assert.deepEqual(filmOf(ENTRIES, [{ ...TRACK, drives: [] }])?.ways, []);
});

test('a unit is where it last said it was: never between two fixes, nowhere before the first and after its work', () => {
  const way = filmOf(ENTRIES, [TRACK])?.ways[0];
  assert.ok(way);
  assert.equal(fixBy(way, at('01:01:59')), null);
  assert.equal(fixBy(way, at('01:05:59'))?.lat, -7.1);
  assert.equal(fixBy(way, at('01:09:00'))?.lat, -7);
  assert.equal(fixBy(way, at('01:09:00'))?.at, at('01:06:00'), 'and how old that is, is known');
  assert.equal(fixBy(way, at('01:10:01')), null, 'it is given to somebody else');
});

test('the picture of a moment: an old position is hollow and says its age, ways are as long as they were by then', () => {
  const film = filmOf(ENTRIES, [TRACK]);
  assert.ok(film);
  const words = { age: (seconds: number) => `${seconds} s`, closure: () => '', minutes: () => '', time: () => '' };
  const [fresh] = unitsBy(film, at('01:02:10'), words);
  const [old] = unitsBy(film, at('01:03:30'), words);
  assert.deepEqual([fresh?.properties['icon'], fresh?.properties['name']], ['unit-menuju-fresh', 'AMB02']);
  assert.deepEqual([old?.properties['icon'], old?.properties['name']], ['unit-menuju-stale', 'AMB02 ? 90 s']);
  assert.deepEqual(old?.geometry, { type: 'Point', coordinates: [110.4, -7.1] });
  assert.deepEqual(unitsBy(film, film.start, words), []);
  assert.equal(progressBy(film, 'AMB02', film.end), 'on_scene');
  assert.equal(drivenBy(film, at('01:05:59')).length, 0);
  assert.equal(drivenBy(film, at('01:06:00')).length, 1);
  assert.deepEqual(boundsOf(film)?.map((one) => one.toFixed(3)), ['-7.104', '110.396', '-6.996', '110.404']);
  assert.equal(boundsOf({ ...film, places: [], ways: [] }), null);
});

test('a place with a doubt shows it, and its number with its priority', () => {
  const film = filmOf([{ ...ENTRIES[1]!, params: { place: { point: { lat: -7, lon: 110.4 }, radius_m: 400 } } }], []);
  assert.ok(film);
  const { incidents, said } = placeBy(film, film.start, '41', 'P2');
  assert.deepEqual([incidents[0]?.properties['icon'], incidents[0]?.properties['name'], said.length], ['incident-P2', '41', 1]);
  assert.deepEqual(placeBy(film, film.start - 1, '41', 'P2'), { incidents: [], said: [] });
});

test('the place is where it was said to be by then, and a correction without a point moves nothing', () => {
  const places = filmOf(ENTRIES, [])?.places ?? [];
  assert.equal(saidBy(places, at('01:00:30')), null);
  assert.equal(saidBy(places, at('01:05:00'))?.lat, -7);
});

test('from event to event, and never beyond the ends', () => {
  const film = filmOf(ENTRIES, []);
  assert.ok(film);
  assert.equal(eventBeside(film, film.start, 1), at('01:01:00'));
  assert.equal(eventBeside(film, at('01:01:30'), -1), at('01:01:00'));
  assert.equal(eventBeside(film, film.end, 1), film.end);
  assert.equal(eventBeside(film, film.start, -1), film.start);
  assert.equal(later(film, film.start, 1_000, 32), film.start + 32_000);
  assert.equal(later(film, film.end - 5, 1_000, 32), film.end);
});

test('a recording lies where it began, whatever moment the film stands on', () => {
  const film = filmOf(ENTRIES, []);
  assert.ok(film);
  const started = at('00:59:30');
  const longer = reaching(film, started, at('01:00:30'));
  assert.deepEqual([longer.start, longer.end], [started, film.end]);
  assert.equal(reaching(film, at('01:01:00'), at('01:02:00')), film);
  assert.equal(secondOf(started, 60, at('01:00:00')), 30);
  assert.equal(secondOf(started, 60, at('00:59:29')), null);
  assert.equal(secondOf(started, 60, at('01:00:30')), null, 'at its very end nothing is left to hear');
  assert.equal(secondOf(started, Number.NaN, started), null);
});
