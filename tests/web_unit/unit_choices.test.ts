/** What an officer may say of the agency's own unit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unitChoices } from '../../web/console/agency/unit-choices.ts';

const unit = (state: 'available' | 'off_duty' | 'out_of_service') => ({ key: 'AMB01', state, capabilities: ['transport'], reason: null, reason_text: null });
const told = (state: Parameters<typeof unit>[0]) => unitChoices(unit(state), undefined).map(({ words, why, command, undo }) => [words, why, command.type, undo?.type]);

test('a free unit goes out of service with a reason, or off duty, and either is taken back', () => {
  assert.deepEqual(told('available'), [
    ...['no_crew', 'broken_down', 'other'].map((why) => ['unit_state.out_of_service', why, 'unit.out_of_service', 'unit.return_to_service']),
    ['unit_state.off_duty', undefined, 'unit.end_duty', 'unit.start_duty'],
  ]);
});

test('one that is not there comes back by what it left by', () => {
  assert.deepEqual(told('off_duty'), [['unit_state.available', undefined, 'unit.start_duty', 'unit.end_duty']]);
  assert.deepEqual(told('out_of_service').map(([, , type]) => type), ['unit.return_to_service', 'unit.end_duty']);
});

test('a unit with a task is asked for its next steps alone; none of them releases it', () => {
  const choices = unitChoices(unit('available'), { progress: 'departed', incident: 'i-1' });
  assert.equal(choices[0]?.words, 'progress.on_scene');
  assert.deepEqual(choices[0]?.undo, { type: 'assignment.progress', incident: 'i-1', unit: 'AMB01', progress: 'departed', correction: true });
  assert.ok(choices.every(({ command }) => command.type === 'assignment.progress'));
});
