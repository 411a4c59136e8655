/** Taking back an order leaves things as they were, and never an incident without the unit that went there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mended, reopened, stateOf, stepBack, unswapped } from '../../web/console/way-back.ts';

const AMB01 = { unit: 'AMB01', progress: 'departed' } as const;
const restore = { type: 'assignment.restore', incident: 'i1', unit: 'AMB01' };
const drive = { type: 'assignment.progress', incident: 'i1', unit: 'AMB01', progress: 'departed', correction: true };

test('a swap is taken back whole: the first unit goes on, then the second one leaves', () => {
  assert.deepEqual(unswapped('i1', 'AMB01', 'AMB07', false), [restore, { type: 'assignment.release', incident: 'i1', unit: 'AMB07', reason: 'undone' }]);
  assert.deepEqual(unswapped('i1', 'AMB01', 'AMB07', true), [restore], 'who was there before stays');
});

test('a close is taken back with the units that it cleared', () => {
  assert.deepEqual(stepBack('i1', AMB01), drive);
  assert.deepEqual(reopened('i1', [AMB01]), [{ type: 'incident.reopen', incident: 'i1', reason: 'undone' }, drive]);
});

test('a unit that did not break down is in service before it goes on', () => {
  assert.deepEqual(mended('i1', 'AMB01'), [{ type: 'unit.return_to_service', unit: 'AMB01' }, restore]);
});

test('an idle unit is put back with the reason that it had, typed or not', () => {
  const unit = { key: 'AMB01', reason: null, reason_text: null };
  assert.deepEqual(stateOf({ ...unit, state: 'available' }), { type: 'unit.return_to_service', unit: 'AMB01' });
  assert.deepEqual(stateOf({ ...unit, state: 'off_duty' }), { type: 'unit.end_duty', unit: 'AMB01' });
  assert.deepEqual(stateOf({ ...unit, state: 'out_of_service', reason: 'broken_down' }), { type: 'unit.out_of_service', unit: 'AMB01', reason: 'broken_down' });
  assert.deepEqual(stateOf({ ...unit, state: 'out_of_service', reason: 'text', reason_text: { sealed: 'personal', text: 'ban bocor' } as never }), { type: 'unit.out_of_service', unit: 'AMB01', reason: 'ban bocor' });
});
