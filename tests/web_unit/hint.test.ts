/** The first-run hint follows the person, from the first ring to the promise that was read out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hintFor, type Standing } from '../../web/console/demo/hint.ts';

const NOTHING: Standing = {
  screen: 'calls',
  is_waiting: false,
  has_rung: false,
  has_call: false,
  field: 'name',
  has_complaint: false,
  has_nature: false,
  is_located: false,
  is_sent: false,
  is_marked: false,
  is_drawing: false,
  is_assigned: false,
  has_promise: false,
  has_arrived: false,
  is_told: false,
};

test('from the first ring to the promise, one line at a time', () => {
  const way: readonly [Partial<Standing>, string | null][] = [
    [{}, 'first.wait'],
    [{ is_waiting: true }, 'first.answer'],
    [{ has_call: true }, 'first.name'],
    [{ field: 'number' }, 'first.number'],
    [{ field: 'complaint' }, 'first.complaint'],
    [{ has_complaint: true }, 'first.accept'],
    [{ has_nature: true, field: 'place' }, 'first.place'],
    [{ is_located: true, field: 'triage' }, 'first.triage'],
    [{ is_sent: true, screen: 'fleet' }, 'first.mark'],
    [{ is_marked: true }, 'first.assign'],
    [{ is_drawing: true }, 'first.draw'],
    [{ is_drawing: false, is_marked: false, is_assigned: true, has_promise: true }, 'first.promise_back'],
    [{ screen: 'calls' }, 'first.promise'],
    [{ is_told: true }, null],
  ];
  let now = NOTHING;
  for (const [change, hint] of way) {
    now = { ...now, ...change };
    assert.equal(hintFor(now), hint);
  }
});

test('on another screen it leads back, and after a call it says where the next one is', () => {
  assert.equal(hintFor({ ...NOTHING, screen: 'watch', is_waiting: true }), 'first.to_calls');
  assert.equal(hintFor({ ...NOTHING, has_call: true, is_sent: true, screen: 'watch' }), 'first.to_fleet');
  assert.equal(hintFor({ ...NOTHING, has_rung: true }), 'first.next');
});

test('no promise is spoken of that nobody made, or that is over', () => {
  const sent: Standing = { ...NOTHING, has_call: true, is_sent: true, is_assigned: true };
  assert.equal(hintFor(sent), 'first.unpromised');
  assert.equal(hintFor({ ...sent, has_arrived: true }), null);
  assert.equal(hintFor({ ...sent, is_assigned: false, screen: 'fleet' }), 'first.mark', 'its only unit was taken back');
});
