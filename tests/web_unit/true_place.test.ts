/** "Lokasi salah" sends where the crew is now. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshAge, gpsSaid } from '../../web/unit/true-place.ts';
import type { Fix } from '../../web/wire/rows.ts';

test('a position of more than a minute ago is no true place', () => {
  const at = '2026-11-26T03:00:00Z';
  const aged = (seconds: number): number | null => freshAge({ point: { lat: -6.98, lon: 110.41 }, at, accuracy_m: 5 } as Fix, Date.parse(at) + seconds * 1000);
  assert.deepEqual([aged(-3), aged(0), aged(60), aged(61), aged(1_500), freshAge(null, 0)], [0, 0, 60, null, null, null]);
});

test('the line about the own position tells how far off and how old it is, in both languages', () => {
  const at = '2026-11-26T03:00:00Z';
  const fix = { point: { lat: -6.98, lon: 110.41 }, at, accuracy_m: 5.4 } as Fix;
  const said = (seconds: number, language: 'id' | 'en'): string => gpsSaid(fix, Date.parse(at) + seconds * 1000, language);
  assert.deepEqual([said(12, 'id'), said(12, 'en'), said(600, 'id'), gpsSaid(null, 0, 'id')], ['GPS ±5 m · 12 dtk', 'GPS ±5 m · 12 s', 'GPS ±5 m · 10 mnt', '']);
});
