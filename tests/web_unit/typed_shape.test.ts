/* Shapes as people type or paste them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typedAgain, typedShape } from '../../web/console/city/typed-shape.ts';

const POINT = { type: 'Point', coordinates: [110.42, -6.99] };

test('a pair of coordinates is a point, whichever comes first', () => {
  for (const text of ['-6.99, 110.42', ' -6.99;110.42 ']) {
    assert.deepEqual(typedShape(text, true), { kind: 'shape', shape: POINT, positions: 1 });
  }
  assert.deepEqual(typedShape('110.42 -6.99', true), { kind: 'shape', shape: POINT, positions: 1, is_longitude_first: true });
});

test('one line with the longitude first among others is put right, and that is said', () => {
  const typed = typedShape('-6.99, 110.42\n110.42, -6.98', true);
  assert.ok(typed.kind === 'shape' && typed.shape.type === 'LineString');
  assert.deepEqual(typed.shape.coordinates, [[110.42, -6.99], [110.42, -6.98]]);
  assert.equal(typed.is_longitude_first, true);
});

test('GeoJSON with the latitude first says what is the matter', () => {
  for (const coordinates of [[-6.99, 110.42], [[-6.99, 110.42], [-6.98, 110.42]]]) {
    const type = coordinates[0] instanceof Array ? 'LineString' : 'Point';
    assert.deepEqual(typedShape(JSON.stringify({ type, coordinates }), true), { kind: 'wrong', error: 'roads.error.turned' });
  }
});

test('two pairs are a way; three are an area that closes itself, unless a way is meant', () => {
  const text = '-6.99, 110.42\n-6.98, 110.42\n-6.98, 110.43';
  const two = typedShape('-6.99, 110.42\n-6.98, 110.42', true);
  assert.equal(two.kind === 'shape' && two.shape.type, 'LineString');
  const area = typedShape(text, true);
  assert.ok(area.kind === 'shape' && area.shape.type === 'Polygon');
  assert.deepEqual(area.shape.coordinates[0]?.[0], area.shape.coordinates[0]?.at(-1));
  assert.equal(area.shape.coordinates[0]?.length, 4);
  assert.equal(area.positions, 3);
  const way = typedShape(text, false);
  assert.equal(way.kind === 'shape' && way.shape.type, 'LineString');
});

test('an area that was closed already stays as it is', () => {
  const closed = typedShape('-6.99 110.42, -6.98 110.42, -6.98 110.43, -6.99 110.42', true);
  assert.ok(closed.kind === 'shape' && closed.shape.type === 'Polygon');
  assert.equal(closed.shape.coordinates[0]?.length, 4);
});

test('an area has as many points as were clicked: what closes it is none, in any of its rings', () => {
  const ring = [[110.42, -6.99], [110.43, -6.99], [110.43, -6.98], [110.42, -6.98], [110.42, -6.99]];
  const counted = (shape: object): number | null => {
    const typed = typedShape(JSON.stringify(shape), true);
    return typed.kind === 'shape' ? typed.positions : null;
  };
  assert.equal(counted({ type: 'Polygon', coordinates: [ring] }), 4);
  assert.equal(counted({ type: 'MultiPolygon', coordinates: [[ring], [ring, ring]] }), 12);
  assert.equal(counted({ type: 'LineString', coordinates: ring }), 5);
  assert.equal(counted({ type: 'Polygon', coordinates: [] }), 0);
});

test('GeoJSON is taken as a geometry, a feature, or a collection of one', () => {
  const feature = { type: 'Feature', properties: {}, geometry: POINT };
  for (const given of [POINT, feature, { type: 'FeatureCollection', features: [feature] }]) {
    assert.deepEqual(typedShape(JSON.stringify(given), true), { kind: 'shape', shape: POINT, positions: 1 });
  }
});

test('what cannot be read says so, and words are a street', () => {
  assert.equal(typedShape('{"type":"Point"', true).kind, 'wrong');
  assert.equal(typedShape('{"type":"Feature","geometry":null}', true).kind, 'wrong');
  assert.equal(typedShape('-6.99', true).kind, 'wrong');
  assert.equal(typedShape('51.5, -0.1', true).kind, 'wrong');
  assert.equal(typedShape('1e999 110', true).kind, 'words');
  assert.equal(typedShape('Jl. Kaligawe 12', true).kind, 'words');
  assert.equal(typedShape('', true).kind, 'words');
});

test('what is shown to be changed is read as the same shape', () => {
  for (const text of ['-6.99, 110.42', '-6.99, 110.42\n-6.98, 110.42', '-6.99, 110.42\n-6.98, 110.42\n-6.98, 110.43']) {
    const first = typedShape(text, true);
    assert.ok(first.kind === 'shape');
    assert.deepEqual(typedShape(typedAgain(first.shape), true), first);
  }
  const parts = { type: 'MultiPoint' as const, coordinates: [[110.42, -6.99], [110.43, -6.98]] };
  const again = typedShape(typedAgain(parts), true);
  assert.deepEqual(again, { kind: 'shape', shape: parts, positions: 2 });
});
