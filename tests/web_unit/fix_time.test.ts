/* The age of positions in the header, and its mark in lists. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestAt } from '../../web/board/fix-time.ts';
import { ageOf } from '../../web/map/unit-sign.ts';
import { fixMark } from '../../web/ui/unit-state.ts';
import type { Position } from '../../web/wire/types.ts';

const NOW = 1_000_000;
const aged = (age_s: number): Position => ['AMB01', -6.98, 110.41, null, age_s];

test('positions that come with signing in are as old as they were measured', () => {
  assert.equal(newestAt([aged(93), aged(120)], NOW, null), NOW - 93_000);
  assert.equal(newestAt([], NOW, null), null);
});

test('a late old one does not make the newest older', () => {
  assert.equal(newestAt([aged(600)], NOW, NOW - 5_000), NOW - 5_000);
  assert.equal(newestAt([aged(1)], NOW, NOW - 5_000), NOW - 1_000);
});

test('a list marks an age exactly when the map draws the unit hollow', () => {
  for (const seconds of [0, 29, 30, 31, 95, 299, 300, 4_000]) assert.equal(fixMark(seconds) !== '', ageOf(seconds) !== 'fresh', `${seconds} s`);
});
