/* What is said of a closure's shape: its length, and where it lies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lengthM, middleOf } from '../../web/console/city/drawn-shape.ts';
import type { Shape } from '../../web/wire/rows.ts';

const LINE: [number, number][] = [[110.42, -6.99], [110.43, -6.99], [110.43, -6.98]];
const RING: [number, number][] = [[110.4, -7], [110.42, -7], [110.42, -6.98], [110.4, -6.98], [110.4, -7]];

test('lines have a length in metres on the ground, all parts of them together', () => {
  const metres = 0.01 * 111_195 * (Math.cos((6.99 * Math.PI) / 180) + 1);
  assert.ok(Math.abs(lengthM({ type: 'LineString', coordinates: LINE }) - metres) < 1);
  assert.ok(Math.abs(lengthM({ type: 'MultiLineString', coordinates: [LINE, LINE] }) - 2 * metres) < 2);
  for (const shape of [{ type: 'Point', coordinates: [110.42, -6.99] }, { type: 'Polygon', coordinates: [RING] }] as Shape[]) assert.equal(lengthM(shape), 0);
});

test('every shape can be named by a point of it', () => {
  assert.deepEqual(middleOf({ type: 'Point', coordinates: [110.42, -6.99] }), { lat: -6.99, lon: 110.42 });
  assert.deepEqual(middleOf({ type: 'LineString', coordinates: LINE }), { lat: -6.99, lon: 110.43 });
  assert.deepEqual(middleOf({ type: 'MultiLineString', coordinates: [LINE, RING] }), { lat: -6.99, lon: 110.43 });
  for (const shape of [{ type: 'Polygon', coordinates: [RING] }, { type: 'MultiPolygon', coordinates: [[RING]] }] as Shape[]) {
    const middle = middleOf(shape);
    assert.ok(middle && Math.abs(middle.lat + 6.99) < 1e-9 && Math.abs(middle.lon - 110.41) < 1e-9);
  }
  assert.equal(middleOf({ type: 'Polygon', coordinates: [] }), null);
  assert.equal(middleOf({ type: 'MultiLineString', coordinates: [] }), null);
});
