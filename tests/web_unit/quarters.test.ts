/** The wall's last six hours, over midnight, too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastQuarters } from '../../web/console/watch/quarters.ts';

const MIDNIGHT = Date.parse('2026-11-27T17:00:00Z');
const MINUTE = 60_000;
const counts = Array.from({ length: 192 }, (_, at) => at);

test('the last 24 quarter hours end with the one that runs', () => {
  const found = lastQuarters(counts, MIDNIGHT, MIDNIGHT + 31 * MINUTE);
  assert.equal(found.length, 24);
  assert.deepEqual(found.at(-1), { at: MIDNIGHT + 30 * MINUTE, calls: 98 });
  assert.deepEqual(found[0], { at: MIDNIGHT - 21 * 15 * MINUTE, calls: 75 });
});

test('a clock beyond the day, or before it, shows what there is', () => {
  assert.equal(lastQuarters(counts, MIDNIGHT, MIDNIGHT + 3_000 * MINUTE).at(-1)?.calls, 191);
  assert.equal(lastQuarters(counts, MIDNIGHT, MIDNIGHT - MINUTE).at(-1)?.calls, 96);
  assert.deepEqual(lastQuarters([], MIDNIGHT, MIDNIGHT), []);
});
