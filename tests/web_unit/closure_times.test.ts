/* From when and for how long a closure is drawn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTimes, typedInstant } from '../../web/console/city/closure-times.ts';
import { isPlanned } from '../../web/map/features.ts';

const ZONE = 'Asia/Jakarta';
const NOW = Date.parse('2026-11-26T02:10:30.000Z'); // 09.10.30 WIB
const TOMORROW = { day: '2026-11-27', hour: '6.30' };

test('nothing said is from now on, and its hours are counted from now', () => {
  assert.deepEqual(readTimes({ begins: null, hours: 0 }, undefined, NOW, ZONE), {});
  assert.deepEqual(readTimes({ begins: null, hours: 3 }, undefined, NOW, ZONE), { until_at: '2026-11-26T05:10:30.000Z' });
});

test('one of tomorrow lasts its hours from its own beginning', () => {
  assert.deepEqual(readTimes({ begins: TOMORROW, hours: 3 }, undefined, NOW, ZONE), { from_at: '2026-11-26T23:30:00.000Z', until_at: '2026-11-27T02:30:00.000Z' });
  assert.deepEqual(readTimes({ begins: TOMORROW, hours: 0 }, undefined, NOW, ZONE), { from_at: '2026-11-26T23:30:00.000Z' });
});

test('one that began earlier lasts its hours from now: nobody draws a closure that is over', () => {
  assert.deepEqual(readTimes({ begins: { day: '2026-11-26', hour: '07.00' }, hours: 1 }, undefined, NOW, ZONE), { from_at: '2026-11-26T00:00:00.000Z', until_at: '2026-11-26T03:10:30.000Z' });
});

test('a day or an hour that cannot be read sends nothing', () => {
  for (const begins of [{ day: '', hour: '6.30' }, { day: '2026-11-27', hour: 'pagi' }, { day: '2026-11-27', hour: '' }]) {
    assert.equal(readTimes({ begins, hours: 1 }, undefined, NOW, ZONE), null);
  }
});

test('what is changed keeps the times that nobody touched, to the second', () => {
  const begun = { from_at: '2026-11-26T01:00:07Z', until_at: '2026-11-26T09:00:00Z' };
  assert.deepEqual(readTimes({ begins: null, hours: null }, begun, NOW, ZONE), begun);
  const planned = { from_at: '2026-11-26T23:30:07Z', until_at: null };
  assert.deepEqual(readTimes({ begins: typedInstant(Date.parse(planned.from_at), ZONE), hours: null }, planned, NOW, ZONE), { from_at: planned.from_at });
  assert.deepEqual(readTimes({ begins: null, hours: null }, planned, NOW, ZONE), {}, 'begins now after all');
});

test('planned is what has not begun, and fields hold the city\'s own hour', () => {
  assert.ok(isPlanned({ from_at: '2026-11-26T02:10:31Z' }, NOW));
  assert.ok(!isPlanned({ from_at: '2026-11-26T02:10:30Z' }, NOW));
  assert.ok(!isPlanned({ from_at: null }, NOW));
  assert.deepEqual(typedInstant(Date.parse('2026-11-26T23:30:00Z'), ZONE), { day: '2026-11-27', hour: '06.30' });
});
