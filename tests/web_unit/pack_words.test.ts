/* A version's changes and conflicts are told in words, never in brackets and braces. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeWords, valueWords, type Names } from '../../web/console/admin/pack-words.ts';

const KNOWN: Readonly<Record<string, string>> = { agencies: 'Agencies', short: 'Short name', lat: 'Latitude', lon: 'Longitude', limits: 'Limits' };
const names: Names = { table: (name) => KNOWN[name] ?? name, field: (name) => KNOWN[name] ?? name, text: (text) => text.en, yes: 'yes', no: 'no' };

test('what stands in a field is told in words', () => {
  const told = (value: Parameters<typeof valueWords>[0]): string => valueWords(value, names);
  assert.deepEqual([null, undefined, '', true, false, 0, 12.5, 'Damkar'].map(told), ['–', '–', '–', 'yes', 'no', '0', '12.5', 'Damkar']);
  assert.equal(told(['a', 'b']), 'a, b');
  assert.equal(told([]), '–');
  assert.equal(told({}), '–');
  assert.equal(told({ id: 'Kebakaran', en: 'Fire' }), 'Fire');
  assert.equal(told({ lat: -6.98, lon: 110.4 }), 'Latitude: -6.98, Longitude: 110.4');
  assert.equal(told([{ lat: 1, lon: 2 }, { limits: ['x', 'y'] }]), 'Latitude: 1, Longitude: 2; Limits: x, y');
});

test('where it stands is told in words', () => {
  assert.equal(placeWords('agencies[dinkes].short', names), 'Agencies · dinkes · Short name');
  assert.equal(placeWords('city', names), 'city');
  assert.equal(placeWords('agencies[a.b].limits[3]', names), 'Agencies · a.b · Limits · 3');
});
