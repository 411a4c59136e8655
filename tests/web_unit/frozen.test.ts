/* The recommended list stands still while units are marked, and says what a newer one would change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gone, later, nothing, refresh, shown, take, toggle, togglePlan, type Frozen } from '../../web/console/fleet/frozen.ts';
import type { Candidate, Recommendation } from '../../web/wire/plans.ts';

const line = (unit: string, eta_s = 300): Candidate => ({
  unit,
  label: unit,
  agency: 'dinkes',
  rank: 1,
  fits: true,
  eta_s_low: eta_s,
  eta_s_high: eta_s,
  distance_m: 1,
  position_age_s: 1,
  status_age_s: 1,
  reasons: [],
  warnings: [],
  promise: null,
});

function list(units: string, plan = '', taken = ''): Recommendation {
  return {
    at: '2026-11-26T02:00:00Z',
    candidates: [...units].map((unit) => line(unit)),
    soon: [],
    not_offered: [...taken].map((unit) => ({ unit, reasons: [{ key: 'engaged', params: { incident_number: '60' } }], eta_s_low: 1, eta_s_high: 1, closer: true })),
    alternatives: [],
    plan: plan === '' ? null : { card: 'x', label: null, asked: plan.length, present: [], units: [...plan].map((unit) => ({ unit, needs: [], fits: true })), wanting: [] },
  };
}

const units = (held: Frozen, most = 6): string => shown(held, most).map((one) => one.unit).join('');

test('without a mark every answer is shown at once', () => {
  assert.equal(units(take(take(nothing, list('ABC')), list('CBA'))), 'CBA');
});

test('with a mark neither lines nor figures move, and the change is announced', () => {
  const held = toggle(take(nothing, list('ABC')), 'B');
  const faster = { ...list('BAC'), candidates: [line('B', 10), line('A', 20), line('C', 30)] };
  const after = take(held, faster);
  assert.equal(units(after), 'ABC');
  assert.equal(shown(after, 6)[0]?.eta_s_low, 300);
  assert.notEqual(after.newer, null);
});

test('a list that only has other figures is no change', () => {
  const held = toggle(take(nothing, list('AB')), 'A');
  assert.equal(take(held, { ...list('AB'), candidates: [line('A', 10), line('B', 20)] }).newer, null);
});

test('R shows the newer list and keeps the marks of whoever is still offered', () => {
  const held = toggle(toggle(take(nothing, list('ABC')), 'A'), 'B');
  const waiting = take(held, list('DBC', '', 'A'));
  assert.deepEqual(
    gone(waiting).map(({ unit, why }) => [unit, why?.reasons[0]?.key]),
    [['A', 'engaged']],
  );
  const after = refresh(waiting);
  assert.equal(units(after), 'DBC');
  assert.deepEqual(after.marked, ['B']);
  assert.equal(after.newer, null);
});

test('a change that was taken back is no news any more', () => {
  const held = toggle(take(nothing, list('AB')), 'A');
  assert.equal(take(take(held, list('BA')), list('AB')).newer, null);
});

test('with the last mark gone the waiting list is shown', () => {
  const held = take(toggle(take(nothing, list('AB')), 'A'), list('BA'));
  const after = toggle(held, 'A');
  assert.equal(units(after), 'BA');
  assert.deepEqual([after.newer, after.marked], [null, []]);
});

test('the plan is marked and unmarked with one key, beside what was marked; a marked line below the first ones is shown', () => {
  const held = toggle(take(nothing, list('ABCDE', 'AE')), 'B');
  const planned = togglePlan(held);
  assert.deepEqual(planned.marked, ['B', 'A', 'E']);
  assert.equal(units(planned, 2), 'ABE');
  assert.deepEqual(togglePlan(planned).marked, ['B']);
});

test('who is not in the list cannot be marked', () => {
  const held = take(nothing, list('AB', 'X'));
  assert.deepEqual(toggle(held, 'X').marked, []);
  assert.deepEqual(togglePlan(held).marked, []);
});

test('a proposal that cannot be given any more takes its marks along', () => {
  assert.deepEqual(take(toggle(take(nothing, list('AB')), 'A'), null), nothing);
});

test('a promise given a minute later is a minute later', () => {
  const promise = { depart_by: '2026-11-26T02:05:00.000Z', arrive_from: '2026-11-26T02:08:00.000Z', arrive_to: '2026-11-26T02:11:00.000Z', travel_source: 'road' };
  const now = Date.parse('2026-11-26T02:01:00Z');
  assert.deepEqual(later(promise, '2026-11-26T02:00:00Z', now), {
    ...promise,
    depart_by: '2026-11-26T02:06:00.000Z',
    arrive_from: '2026-11-26T02:09:00.000Z',
    arrive_to: '2026-11-26T02:12:00.000Z',
  });
  assert.deepEqual(later(promise, '2026-11-26T02:00:00Z', now - 3_600_000), promise);
});
