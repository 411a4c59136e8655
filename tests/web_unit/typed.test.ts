/** What is sent of a field: as much as the record keeps, and of what was said one sign more, which marks it as cut. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostOf, saysSomething, sentOf } from '../../web/console/calls/typed.ts';

test('a label ends where the record ends, what was said one sign later', () => {
  const long = 'a'.repeat(50_000);
  for (const field of ['name', 'number', 'landmark'] as const) assert.equal(sentOf(field, long).length, mostOf(field));
  for (const field of ['complaint', 'place'] as const) assert.equal(sentOf(field, long).length, mostOf(field) + 1);
  assert.equal(sentOf('name', '  Sri Wahyuni '), 'Sri Wahyuni');
});

test('a sign of two halves is not torn at the end', () => {
  const text = `${'a'.repeat(mostOf('name') - 1)}🚑`;
  assert.equal(sentOf('name', text), 'a'.repeat(mostOf('name') - 1));
});

test('an emptied field is told where words stood, and nothing where none did', () => {
  assert.deepEqual([saysSomething('', 'depan masjid'), saysSomething('', ''), saysSomething('a', '')], [true, false, true]);
});
