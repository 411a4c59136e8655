/* What another centre's columns mean, as the wizard's form changes it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockOf, first, listed, meaningOf, withForm, withMeaning, type Mapping } from '../../web/console/evaluation/import/mapping.ts';
import { rowsOf, type ImportReport } from '../../web/console/evaluation/import/report.ts';

const MAPPING: Mapping = {
  id: 'own',
  name: 'x',
  row: 'incident',
  timezone: 'Asia/Jakarta',
  delimiter: ',',
  formats: [],
  key: ['no', 'Incident Number'],
  clocks: { ring: { column: ['received', 'Call_Received'], form: 'stamp', date: [], of: '' }, arrived: { column: 'there', form: 'time', date: 'day', of: '' } },
  labels: { agency: ['opd', 'agency'] },
  drop: [],
  lines: [],
};

test('a column is found whatever its case, spaces and underscores, as the server finds it', () => {
  assert.equal(meaningOf(MAPPING, 'call received'), 'clock:ring');
  assert.equal(meaningOf(MAPPING, ' THERE '), 'clock:arrived');
  assert.equal(meaningOf(MAPPING, 'OPD'), 'label:agency');
  assert.equal(meaningOf(MAPPING, 'incident_number'), 'key');
  assert.equal(meaningOf(MAPPING, 'weather'), '');
  assert.deepEqual(clockOf(MAPPING, 'There')?.[0], 'arrived');
});

test('a column has one meaning, and a meaning keeps its form', () => {
  const moved = withMeaning(MAPPING, 'received', 'label:agency');
  assert.deepEqual(moved.clocks['ring']?.column, ['Call_Received']);
  assert.deepEqual(moved.labels['agency'], 'received');
  const again = withMeaning(moved, 'landed', 'clock:arrived');
  assert.deepEqual(again.clocks['arrived'], { column: 'landed', form: 'time', date: 'day', of: '' });
  assert.equal(meaningOf(withMeaning(again, 'landed', ''), 'landed'), '');
  assert.equal(withMeaning(again, 'landed', '').clocks['arrived'], undefined);
  const keyed = withMeaning(MAPPING, 'opd', 'key');
  assert.equal(keyed.key, 'opd');
  assert.deepEqual(keyed.labels['agency'], ['agency']);
});

test('the form of a clock changes alone', () => {
  const changed = withForm(MAPPING, 'arrived', { form: 'seconds_of_day', date: 'date' });
  assert.deepEqual(changed.clocks['arrived'], { column: 'there', form: 'seconds_of_day', date: 'date', of: '' });
  assert.equal(withForm(MAPPING, 'closed', { form: 'excel' }), MAPPING);
  assert.deepEqual(listed(' a, ,b '), ['a', 'b']);
  assert.equal(first([]), '');
});

test('every row of every reason is in the file, what has no row has its count, and a list that is cut says so', () => {
  const report: ImportReport = {
    mapping: 'own',
    rows: 5,
    kept: 3,
    dropped: [{ reason: 'duplicate', column: '', count: 2, rows: [{ number: 3, value: '' }, { number: 4, value: '' }] }],
    defects: [
      { reason: 'not_written', column: 'arrived', count: 7, rows: [] },
      { reason: 'unreadable', column: 'ring', count: 9, rows: [{ number: 5, value: 'x' }] },
    ],
    checks: [],
    precision_s: 1,
    missing_columns: [],
  };
  assert.deepEqual(rowsOf(report, (shown, of) => `${shown} of ${of}`), [
    [3, 'dropped', 'duplicate', '', ''],
    [4, 'dropped', 'duplicate', '', ''],
    ['', 'defects', 'not_written', 'arrived', 7],
    [5, 'defects', 'unreadable', 'ring', 'x'],
    ['', 'defects', 'unreadable', 'ring', '1 of 9'],
  ]);
});
