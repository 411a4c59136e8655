/** A caller's position stays what it is when it becomes the incident's place, and when words are typed afterwards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstOf, metresOutside, placeKept, placeProposed, placeTaken, sourceOf } from '../../web/console/calls/places.ts';
import { farFromCaller } from '../../web/ui/metres.ts';
import type { PlaceProposal } from '../../web/wire/plans.ts';
import type { CallerPosition } from '../../web/wire/rows.ts';

const NETWORK: CallerPosition = { source: 'network', point: { lat: -6.98, lon: 110.41 }, radius_m: 800, sector: null, at: '2026-11-26T03:00:00Z', cautions: ['outside_city'] };
const LABEL = { sealed: 'personal', text: '-6.98000, 110.41000' } as const;

test('a position that is taken over keeps its source, its radius and its cautions', () => {
  assert.deepEqual(placeTaken(NETWORK, LABEL.text), { point: NETWORK.point, source: 'network', radius_m: 800, cautions: ['outside_city'], label: LABEL });
});

test('one that tells no radius is uncertain, and never as sure as a pin', () => {
  const taken = placeTaken({ ...NETWORK, source: 'device', radius_m: null }, LABEL.text);
  assert.deepEqual([taken.source, taken.uncertain, 'radius_m' in taken], ['device', true, false]);
});

test('a proposal that is accepted keeps how far off its point may be, also when words are typed later', () => {
  const proposal = { label: 'Mangunharjo', detail: '', kind: 'kelurahan', point: NETWORK.point, kelurahan: null, cautions: ['area_centre'], accuracy_m: 800 } as unknown as PlaceProposal;
  const { label, ...accepted } = placeProposed(proposal);
  assert.deepEqual(accepted, { point: NETWORK.point, source: 'gazetteer', cautions: ['area_centre'], radius_m: 800 });
  assert.equal(placeKept({ ...accepted, label } as never).radius_m, 800);
  assert.equal('radius_m' in placeProposed({ ...proposal, accuracy_m: null }), false);
});

test('the name by which a proposal was found stands beside its own when it is accepted', () => {
  const found = { label: 'Terminal Terboyo', detail: 'Terboyo Kulon, Genuk', found_as: 'Unissula', kind: 'landmark', point: NETWORK.point, kelurahan: null, cautions: [] } as unknown as PlaceProposal;
  assert.equal(placeProposed(found).label?.text, 'Terminal Terboyo (Unissula), Terboyo Kulon, Genuk');
  assert.equal(placeProposed({ ...found, found_as: '', detail: '' }).label?.text, 'Terminal Terboyo');
});

test('words that are typed later leave source, radius and doubt as they were', () => {
  const known = { source: 'network', point: NETWORK.point, radius_m: 800, uncertain: true, cautions: [], label: LABEL } as const;
  assert.deepEqual(placeKept(known), { source: 'network', point: NETWORK.point, radius_m: 800, uncertain: true, cautions: [], label: LABEL });
  assert.deepEqual(placeKept({ ...known, uncertain: false, radius_m: null }), { source: 'network', point: NETWORK.point, cautions: [], label: LABEL });
  assert.deepEqual(placeKept(null), { source: 'typed', uncertain: true });
});

test('what may be another place, or only a part of what was said, is not accepted by the first Enter', () => {
  const one = (given: { left_out?: string[]; cautions?: string[]; found_as?: string; score?: number } = {}) => ({ left_out: [], cautions: [], found_as: '', score: 0.9, ...given });
  const first = (given: Parameters<typeof one>[0]): number => firstOf([one(given), one()]);
  assert.deepEqual([firstOf([]), first({}), first({ cautions: ['demo'] })], [0, 0, 0]);
  assert.equal(first({ left_out: ['pahlawan'] }), -1);
  assert.equal(first({ found_as: 'Terminal Terboyo' }), -1);
  assert.deepEqual([first({ score: 0.6 }), first({ score: 0.57 })], [0, -1]);
  for (const caution of ['name_twice', 'approximate', 'area_centre', 'other_name', 'on_the_street', 'no_street', 'rough', 'second_point']) assert.equal(first({ cautions: ['demo', caution] }), -1, caution);
});

test('a proposal says where it is from', () => {
  const from = (kind: string, ...source: string[]): string => sourceOf({ kind, source } as unknown as PlaceProposal);
  assert.deepEqual(
    [from('street', 'osm'), from('place', 'osm'), from('intersection', 'osm'), from('intersection', 'synthetic'), from('landmark', 'W1', 'P3'), from('coordinates', 'plus_code'), from('street', 'alias')],
    ['address', 'landmark', 'crossing', 'synthetic', 'pack', 'coordinates', 'alias'],
  );
});

test('a place beyond the doubt of both, a kilometre and more, is told to be elsewhere', () => {
  const phone = { point: { lat: -6.99, lon: 110.42 }, radius_m: 0 };
  const north = (metres: number) => ({ lat: -6.99 + metres / 111_195, lon: 110.42 });
  const far = (metres: number, radius_m: number | null = null, of_phone = phone.radius_m): number | null => farFromCaller({ point: north(metres), radius_m }, { ...phone, radius_m: of_phone });
  assert.equal(Math.round((far(2_000) ?? 0) / 10) * 10, 2_000);
  assert.deepEqual([far(990), far(2_000, 1_100), far(2_000, null, 1_100), far(1_900, 500, 500)], [null, null, null, null]);
  assert.deepEqual([farFromCaller({ point: north(9_000), radius_m: null }, { ...phone, radius_m: null }), farFromCaller(null, phone), farFromCaller({ point: north(9_000), radius_m: null }, undefined)], [null, null, null]);
});

test('a position outside the city tells how far from its middle it is, one inside does not', () => {
  const middle = { lat: -6.99, lon: 110.42 };
  const jakarta = { ...NETWORK, source: 'link', point: { lat: -6.2, lon: 106.8 }, radius_m: 1 } as CallerPosition;
  assert.equal(Math.round((metresOutside(jakarta, middle) ?? 0) / 10_000), 41);
  assert.equal(metresOutside({ ...jakarta, cautions: [] }, middle), null);
  assert.equal(metresOutside(jakarta, null), null);
});
