/** What Evaluasi says where there is nothing to draw. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missing } from '../../web/console/evaluation/figures.ts';

const told = { preparing: false, renewing: false, first_day: null, part: { sentences: [] } };

test('while the newest facts are being read nobody says that there is not one case', () => {
  assert.equal(missing({ ...told, renewing: true }), 'preparing');
  assert.equal(missing({ ...told, preparing: true, part: null }), 'preparing');
  assert.equal(missing(told), 'nothing_ever');
});

test('a span without cases is told with the first day of the record, read or not', () => {
  assert.equal(missing({ ...told, first_day: '2026-11-20', renewing: true }), 'nothing');
});
