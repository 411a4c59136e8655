/* The city's limits reach the alarms; what its pack does not set keeps the default. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../web/board/alarms.ts';
import { limitsOf } from '../../web/board/limits.ts';

test('limits by priority, for the rest, and by default', () => {
  const limits = limitsOf([
    { key: 'A-02', limits_s: { any: 7 }, escalate_s: 14 },
    { key: 'A-03', limits_s: { P1: 45 }, escalate_s: null },
    { key: 'A-04', limits_s: { P1: 20, any: 50 }, escalate_s: 60 },
  ]);
  assert.equal(limits.call_waiting_s, 7);
  assert.equal(limits.call_waiting_critical_s, 14);
  assert.equal(limits.no_unit_s.P1, 45);
  assert.equal(limits.no_unit_s.P2, DEFAULT_LIMITS.no_unit_s.P2);
  assert.equal(limits.accept_first_s, 20);
  assert.equal(limits.accept_s, 50);
  assert.equal(limits.depart_s, DEFAULT_LIMITS.depart_s);
});
