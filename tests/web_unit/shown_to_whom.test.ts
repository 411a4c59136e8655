/** What somebody may not see is told as that: never as nothing said, nor as a nought. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seesRoom } from '../../web/board/figures.ts';
import { shownComplaint } from '../../web/console/agency/masked.ts';

const SAID = { sealed: 'personal', text: 'dipukul suami' } as const;

test('a complaint that is not shared is not a caller who said nothing', () => {
  assert.deepEqual(shownComplaint(SAID, true, 'lead'), { words: '“dipukul suami”' });
  assert.equal(shownComplaint(null, true, 'support'), 'withheld');
  assert.deepEqual([shownComplaint(null, true, 'lead'), shownComplaint(undefined, false, 'support')], ['none', 'none']);
});

test('figures of the room are for whoever is shown its rows', () => {
  assert.deepEqual([seesRoom(['admin']), seesRoom(['approver', 'agency_officer']), seesRoom([])], [false, false, false]);
  assert.deepEqual([seesRoom(['admin', 'supervisor']), seesRoom(['evaluator']), seesRoom(['call_taker'])], [true, true, true]);
});
