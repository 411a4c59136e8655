/** "Lokasi salah" sends where the crew is now. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshAge } from '../../web/unit/true-place.ts';
import type { Fix } from '../../web/wire/rows.ts';

test('a position of more than a minute ago is no true place', () => {
  const at = '2026-11-26T03:00:00Z';
  const aged = (seconds: number): number | null => freshAge({ point: { lat: -6.98, lon: 110.41 }, at, accuracy_m: 5 } as Fix, Date.parse(at) + seconds * 1000);
  assert.deepEqual([aged(-3), aged(0), aged(60), aged(61), aged(1_500), freshAge(null, 0)], [0, 0, 60, null, null, null]);
});
