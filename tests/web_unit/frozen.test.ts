/* The recommended list stands still while units are marked, and says what a newer one would change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closerBelow, gone, isFirstStillThere, knownNow, later, nothing, positionAge, promiseNow, refresh, shown, take, toggle, togglePlan, whyLower, type Frozen } from '../../web/console/fleet/frozen.ts';
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
  cut_off: false,
  closer: false,
});

function list(units: string, plan = '', taken = ''): Recommendation {
  return {
    at: '2026-11-26T02:00:00Z',
    candidates: [...units].map((unit) => line(unit)),
    soon: [],
    not_offered: [...taken].map((unit) => ({ unit, reasons: [{ key: 'engaged', params: { incident_number: '60' } }], eta_s_low: 1, eta_s_high: 1, closer: true })),
    alternatives: [],
    roads_late: false,
    plan: plan === '' ? null : { card: 'x', label: null, asked: plan.length, present: [], units: [...plan].map((unit) => ({ unit, needs: [], fits: true })), wanting: [], warnings: [] },
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

const PROMISE = { depart_by: '2026-11-26T02:05:00.000Z', arrive_from: '2026-11-26T02:08:00.000Z', arrive_to: '2026-11-26T02:11:00.000Z', travel_source: 'road' };
const warned = (key: string) => [{ key, params: {} }];
/** The list with one line changed. */
const but = (of: Recommendation, unit: string, change: Partial<Candidate>): Recommendation => ({ ...of, candidates: of.candidates.map((one) => (one.unit === unit ? { ...one, ...change } : one)) });

test('bad news of a marked unit is announced though the order stays: the water came, nothing may be promised, it is late', () => {
  const list_of = but(list('AB'), 'A', { promise: PROMISE });
  const held = toggle(take(nothing, list_of), 'A');
  for (const change of [{ cut_off: true }, { promise: null }, { warnings: warned('on_closed') }, { eta_s_high: 481 }, { eta_s_high: null }])
    assert.notEqual(take(held, but(list_of, 'A', change)).newer, null, JSON.stringify(change));
  for (const change of [{}, { eta_s_high: 480 }, { eta_s_high: 10 }, { warnings: warned('uncovers') }])
    assert.equal(take(held, but(list_of, 'A', change)).newer, null, JSON.stringify(change));
  assert.equal(take(held, but(list_of, 'B', { cut_off: true })).newer, null, 'of another one it is in the order');
});

test('another plan is announced', () => {
  const held = toggle(take(nothing, list('ABC', 'AB')), 'A');
  assert.notEqual(take(held, list('ABC', 'AC')).newer, null);
});

test('what is promised is what is true when it is promised, not when the mark was set', () => {
  const now = Date.parse('2026-11-26T02:01:00Z');
  const held = toggle(take(nothing, but(list('AB'), 'A', { promise: PROMISE })), 'A');
  assert.deepEqual(promiseNow(held, 'A', now), later(PROMISE, '2026-11-26T02:00:00Z', now));
  const moved = { ...PROMISE, arrive_to: '2026-11-26T02:20:00.000Z' };
  const newer = { ...but(list('AB'), 'A', { promise: moved }), at: '2026-11-26T02:01:00Z' };
  assert.equal(promiseNow(take(held, newer), 'A', now)?.arrive_to, moved.arrive_to);
  assert.equal(promiseNow(take(held, list('AB')), 'A', now), null, 'a flood since');
  assert.equal(promiseNow(take(held, list('B')), 'A', now), null, 'gone since');
});

test('the age of a position runs on under a mark, and is young again when the unit was heard of', () => {
  const minute_later = Date.parse('2026-11-26T02:01:00Z');
  const [a] = list('A').candidates;
  assert.ok(a);
  const held = toggle(take(nothing, list('AB')), 'A');
  assert.equal(positionAge(held, a, minute_later), 61);
  const heard = take(held, { ...list('AB'), at: '2026-11-26T02:00:58Z' });
  assert.equal(positionAge(heard, a, minute_later), 3);
  const silent = take(held, { ...but(list('AB'), 'A', { position_age_s: 59 }), at: '2026-11-26T02:00:58Z' });
  assert.equal(positionAge(silent, a, minute_later), 61);
  assert.equal(positionAge(take(held, { ...list('B'), at: '2026-11-26T02:00:58Z' }), a, minute_later), 61, 'gone: as it was told');
  assert.equal(positionAge(held, { ...a, position_age_s: null }, minute_later), 61, 'the newest list knows');
  assert.equal(positionAge(take(nothing, but(list('A'), 'A', { position_age_s: null })), a, minute_later), null);
});

test('what a marked unit is now stands beside its line that stands still', () => {
  const held = toggle(take(nothing, list('AB')), 'A');
  assert.equal(knownNow(held, 'A'), null, 'nothing newer');
  const moved = take(held, but(list('AB'), 'A', { distance_m: 900, eta_s_high: 400 }));
  assert.equal(moved.newer, null, 'no news for the list');
  assert.equal(knownNow(moved, 'A')?.distance_m, 900);
  assert.equal(knownNow(moved, 'B'), null, 'not marked');
  assert.equal(knownNow(take(held, list('B')), 'A'), null, 'gone is told elsewhere');
});

test('nobody is asked why they did not take a first one that has gone meanwhile', () => {
  const held = toggle(take(nothing, list('AB')), 'B');
  assert.equal(isFirstStillThere(held, 'A'), true);
  assert.equal(isFirstStillThere(take(held, list('B', '', 'A')), 'A'), false);
});

test('a list does not grow shorter under the hand when somebody else sends a unit', () => {
  const held = { ...toggle(take(nothing, list('ABCDEFGH')), 'B'), most: 6 };
  assert.equal(units(held, 3), 'ABCDEF');
  assert.equal(units({ ...toggle(held, 'B') }, 3), 'ABC');
});

test('units of the plan are lines of the list wherever they rank', () => {
  assert.equal(units(take(nothing, list('ABCDEFGH', 'AH')), 3), 'ABCH');
});

test('below the list are named: who would be there before the first, and the soonest of the rest if it is before the last line', () => {
  const below = (of: Recommendation): string => {
    const held = take(nothing, of);
    return closerBelow(held, shown(held, 3)).map((one) => one.unit).join('');
  };
  const far = list('ABCDEF');
  assert.equal(below(far), '');
  assert.equal(below(but(but(far, 'E', { eta_s_high: 100, closer: true }), 'F', { eta_s_high: 90, closer: true })), 'FE');
  assert.equal(below(but(but(far, 'E', { eta_s_high: 299 }), 'F', { eta_s_high: 298 })), 'F');
  assert.equal(below(but(far, 'F', { eta_s_high: 90, cut_off: true })), '');
  assert.equal(below(but(far, 'F', { eta_s_high: null })), '');
});

test('why it ranks lower: what it lacks before whose it is', () => {
  const basic = { ...line('P'), warnings: warned('lacks'), reasons: [...warned('mutual_aid'), ...warned('can_do_part')] };
  assert.equal(whyLower(basic)?.key, 'lacks');
  assert.equal(whyLower({ ...basic, warnings: [] })?.key, 'mutual_aid');
  assert.equal(whyLower(line('P')), null);
});
