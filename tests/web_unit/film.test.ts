/* An incident played again: where things were at any moment, and what is before and after it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventBeside, filmOf, later, placeAt, reaching, saidBy, secondOf, unitsOf } from '../../web/console/evaluation/film/film.ts';
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
const TRACK = { incident: 'i1', unit: 'AMB02', drives: [{ from_at: '', until_at: '', fixes: 2, points: [{ lat: -7.1, lon: 110.4, at: '2026-11-26T01:02:00Z' }, { lat: -7, lon: 110.4, at: '2026-11-26T01:06:00Z' }] }] };

test('a film reaches from the first event to the last, whoever tells them in which order', () => {
  const film = filmOf([...ENTRIES].reverse(), [TRACK]);
  assert.ok(film);
  assert.deepEqual([film.start, film.end], [at('01:00:00'), at('01:10:00')]);
  assert.deepEqual(unitsOf(ENTRIES), ['AMB02']);
  assert.equal(filmOf([], []), null);
  assert.deepEqual(filmOf(ENTRIES, [{ ...TRACK, drives: [] }])?.ways, []);
});

test('a unit is between its fixes, nowhere before the first, and at the last one after it', () => {
  const way = filmOf(ENTRIES, [TRACK])?.ways[0]?.fixes ?? [];
  assert.equal(placeAt(way, at('01:01:59')), null);
  assert.ok(Math.abs((placeAt(way, at('01:04:00'))?.lat ?? 0) + 7.05) < 1e-9);
  assert.equal(placeAt(way, at('01:09:00'))?.lat, -7);
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
  assert.equal(secondOf(started, 60, at('01:00:31')), null);
  assert.equal(secondOf(started, Number.NaN, started), null);
});
