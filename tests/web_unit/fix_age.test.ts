/* The age of positions in the header, and from when on lists and map call one old. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestAt, STALE_S } from '../../web/board/fix-age.ts';
import { ageOf } from '../../web/map/unit-sign.ts';

const NOW = 1_000_000;
const aged = (...ages_s: number[]): ReadonlyMap<string, { at: number }> => new Map(ages_s.map((age_s, n) => [`AMB0${n}`, { at: NOW - age_s * 1000 }]));

test('positions are as old as they were measured, whenever they came; the newest counts', () => {
  assert.equal(newestAt(aged(93, 120)), NOW - 93_000);
  assert.equal(newestAt(aged(600, 5, 30)), NOW - 5_000);
  assert.equal(newestAt(aged()), null);
});

test('a unit is drawn hollow from the age on that lists and header call old', () => {
  for (const seconds of [0, 29, 30, 31, 95, 299, 300, 4_000]) assert.equal(seconds >= STALE_S, ageOf(seconds) !== 'fresh', `${seconds} s`);
});
