/** An alarm stands exactly while its cause does, and the highest comes first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarmsOf, concerns, DEFAULT_LIMITS, type Situation } from '../../web/board/alarms.ts';
import { isWaitingForUnit, waitingSince } from '../../web/board/figures.ts';
import { troublesOf } from '../../web/board/system.ts';
import type { Role } from '../../web/wire/types.ts';
import { signOf } from '../../web/ui/unit-state.ts';
import type { Assignment, CallRow, EngagementRow, IncidentRow, Task, UnitRow } from '../../web/wire/rows.ts';

const ZERO = Date.parse('2026-11-14T07:00:00Z');
const at = (seconds: number) => new Date(ZERO + seconds * 1000).toISOString();

function call(more: Partial<CallRow> = {}): CallRow {
  return { kind: 'call', key: 'c1', position: 1, state: 'queued', ring_at: at(0), ended_at: null, answered_at: null, disposition: null, number: null, open: true, callbacks: [], ...more } as CallRow;
}
function incident(more: Partial<IncidentRow> = {}): IncidentRow {
  return { kind: 'incident', key: 'i1', position: 1, state: 'open', number: 67, opened_at: at(0), sent_at: at(0), priority: 'P1', nature: 'MED-01', place: null, tasks: [], assignments: [], ...more } as unknown as IncidentRow;
}
function assignment(progress: Assignment['progress'], progress_at: Assignment['progress_at'], more: Partial<Assignment> = {}): Assignment {
  return { unit: 'AMB03', agency: 'dinkes', progress, progress_at, promise: null, open: progress !== 'clear', ...more } as Assignment;
}
const NOTHING: Situation = { calls: [], incidents: [], units: [], engagements: [], agencies: [], fix_at: () => null, troubles: [] };
function kinds(more: Partial<Situation>, seconds: number): string[] {
  return alarmsOf({ ...NOTHING, ...more }, ZERO + seconds * 1000).map((alarm) => `${alarm.kind}/${alarm.grade}`);
}

test('a waiting call is an alarm from 10 s, critical from 20 s, and none once it is answered', () => {
  assert.deepEqual(kinds({ calls: [call()] }, 9), []);
  assert.deepEqual(kinds({ calls: [call()] }, 10), ['call_waiting/high']);
  assert.deepEqual(kinds({ calls: [call()] }, 20), ['call_waiting/critical']);
  assert.deepEqual(kinds({ calls: [call({ state: 'answered', answered_at: at(8) })] }, 60), []);
});

test('a dropped call is an alarm if it rang five seconds, until somebody reached the caller or says how it ended', () => {
  const dropped = call({ state: 'abandoned', ended_at: at(6) });
  assert.deepEqual(kinds({ calls: [dropped] }, 7), ['call_dropped/high']);
  assert.deepEqual(kinds({ calls: [call({ state: 'abandoned', ended_at: at(3) })] }, 7), []);
  assert.deepEqual(kinds({ calls: [{ ...dropped, callbacks: [{ by: 'out', outcome: 'no_answer', at: at(6), agent_name: 'Rina' }] }] }, 7), ['call_dropped/high']);
  assert.deepEqual(kinds({ calls: [{ ...dropped, callbacks: [{ by: 'out', outcome: 'reached', at: at(6), agent_name: 'Rina' }] }] }, 7), []);
  assert.deepEqual(kinds({ calls: [{ ...dropped, disposition: 'called_back', open: false }] }, 7), []);
});

test('a number that was cut off again and again is one alarm, since the first time', () => {
  const again = [9, 8, 7].map((second) => call({ key: `c${second}`, number: { text: '0811' } as CallRow['number'], state: 'abandoned', ended_at: at(second) }));
  const other = call({ key: 'other', number: { text: '0812' } as CallRow['number'], state: 'abandoned', ended_at: at(10) });
  const unknown = [1, 2].map((n) => call({ key: `u${n}`, state: 'abandoned', ended_at: at(20) }));
  const found = alarmsOf({ ...NOTHING, calls: [...again, other, ...unknown] }, ZERO + 60_000);
  assert.deepEqual(found.map((alarm) => alarm.key), ['call_dropped:c7', 'call_dropped:other', 'call_dropped:u1', 'call_dropped:u2']);
});

test('what is wrong with a switch is an alarm for who is in charge, and again when it gets worse', () => {
  const heard = (): string => at(30);
  const told = { spool_failing_since: at(5), spool_damaged: '/x/spool.db.damaged-1', unreadable: 2, set_aside: 0, fault_causes: { 'reading: KeyError at a.py:7': 3 } };
  const troubles = troublesOf(told, { 'b:7000': { unreadable: 1 }, 'c:7000': null }, heard);
  const found = alarmsOf({ ...NOTHING, troubles }, ZERO + 60_000);
  assert.deepEqual(
    found.map((alarm) => `${alarm.trouble?.cause}/${alarm.trouble?.node}/${alarm.grade}/${alarm.since}`).sort(),
    [`faults//medium/${at(30)}`, `spool_damaged//high/${at(30)}`, `spool_failing//critical/${at(5)}`, `unreadable//high/${at(30)}`, `unreadable/b:7000/high/${at(30)}`],
  );
  const of = (roles: readonly Role[]): boolean => found.some((alarm) => concerns({ roles, agency: null }, alarm));
  assert.deepEqual([of(['supervisor']), of(['dispatcher']), of(['call_taker']), of(['agency_officer'])], [true, false, false, false]);
  assert.notEqual(troublesOf({ unreadable: 3 }, undefined, heard)[0]?.key, troublesOf({ unreadable: 2 }, undefined, heard)[0]?.key);
  assert.deepEqual(troublesOf({ unreadable: 0, fault_causes: {}, spool_damaged: null }, undefined, heard), []);
  assert.deepEqual(troublesOf(null, undefined, heard), [], 'a switch that is away says nothing');
});

test('an incident without a unit, by priority', () => {
  assert.deepEqual(kinds({ incidents: [incident()] }, 59), []);
  assert.deepEqual(kinds({ incidents: [incident()] }, 60), ['no_unit/critical']);
  assert.deepEqual(kinds({ incidents: [incident({ priority: 'P3' })] }, 299), []);
  assert.deepEqual(kinds({ incidents: [incident({ priority: 'P3' })] }, 300), ['no_unit/high']);
  assert.deepEqual(kinds({ incidents: [incident({ priority: 'P5' })] }, 86_400), []);
  assert.deepEqual(kinds({ incidents: [incident({ state: 'draft' })] }, 600), []);
});

test('the wait starts again when the last unit left', () => {
  const left = incident({ assignments: [assignment('clear', { assigned: at(10), clear: at(500) })] });
  assert.equal(isWaitingForUnit(left), true);
  assert.equal(waitingSince(left), at(500));
});

test('a unit that does not accept, does not depart, is late, is long on scene', () => {
  const one = (entry: Assignment) => ({ incidents: [incident({ assignments: [entry] })] });
  assert.deepEqual(kinds(one(assignment('assigned', { assigned: at(0) })), 30), ['not_accepted/high']);
  assert.deepEqual(kinds(one(assignment('accepted', { assigned: at(0), accepted: at(20) })), 90), ['not_departed/high']);
  const promise = { depart_by: at(60), arrive_from: at(200), arrive_to: at(300), travel_source: 'straight_line' };
  assert.deepEqual(kinds(one(assignment('departed', { assigned: at(0), departed: at(50) }, { promise })), 299), []);
  assert.deepEqual(kinds(one(assignment('departed', { assigned: at(0), departed: at(50) }, { promise })), 300), ['late/high']);
  assert.deepEqual(kinds(one(assignment('on_scene', { on_scene: at(0) })), 1800), ['long_on_scene/medium']);
});

test('an agency that does not answer, a stale position, and the order of all', () => {
  const task = { agency: 'damkar', role: 'lead', state: 'notified', tasked_at: at(0) } as Task;
  const engagement = { kind: 'engagement', key: 'AMB03', position: 1, incident: 'i1', number: 67, progress: 'departed', since: at(0), priority: 'P1' } as EngagementRow;
  const unit = { kind: 'unit', key: 'AMB07', position: 1, emergency_at: at(100), state: 'available' } as UnitRow;
  assert.deepEqual(
    kinds({ incidents: [incident({ tasks: [task], assignments: [assignment('departed', { departed: at(0) })] })], engagements: [engagement], units: [unit], calls: [call({ ring_at: at(190) })] }, 200),
    ['crew_emergency/panic', 'agency_silent/high', 'call_waiting/high', 'stale_position/medium'],
  );
  const fresh = alarmsOf({ ...NOTHING, engagements: [engagement], fix_at: () => ZERO + 190_000 }, ZERO + 200_000);
  assert.deepEqual(fresh, []);
  assert.equal(DEFAULT_LIMITS.stale_s, 120);
});

test("a unit's sign: emergency first, then its work, then whether it may be sent", () => {
  const unit = (more: Partial<UnitRow>) => ({ kind: 'unit', key: 'AMB03', position: 1, emergency_at: null, state: 'available', ...more }) as UnitRow;
  const works = (progress: EngagementRow['progress']) => ({ progress }) as EngagementRow;
  assert.equal(signOf(unit({}), undefined), 'siaga');
  assert.equal(signOf(unit({ state: 'out_of_service' }), undefined), 'nonaktif');
  assert.equal(signOf(unit({}), works('departed')), 'menuju');
  assert.equal(signOf(unit({}), works('at_patient')), 'tiba');
  assert.equal(signOf(unit({}), works('transporting')), 'membawa');
  assert.equal(signOf(unit({ emergency_at: at(0) }), works('transporting')), 'darurat');
});
