/** Obligations are foreseen as the centre will see them; alarms are shown to whom the centre says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concerns, DEFAULT_LIMITS, grouped, inOrder, isShelved } from '../../web/board/alarms.ts';
import { isListedWaiting, isWaitingForUnit, waitingFigure, waitingSince } from '../../web/board/figures.ts';
import { servedSince } from '../../web/board/served.ts';
import { obligationsOf, type Situation } from '../../web/board/obligations.ts';
import type { Role } from '../../web/wire/types.ts';
import { signOf } from '../../web/ui/unit-state.ts';
import type { AlarmRow, Assignment, EngagementRow, IncidentRow, Task, UnitRow } from '../../web/wire/rows.ts';

const ZERO = Date.parse('2026-11-14T07:00:00Z');
const at = (seconds: number) => new Date(ZERO + seconds * 1000).toISOString();

function incident(more: Partial<IncidentRow> = {}): IncidentRow {
  return { kind: 'incident', key: 'i1', position: 1, state: 'open', number: 67, opened_at: at(0), sent_at: at(0), priority: 'P1', nature: 'MED-01', place: null, appointment: null, tasks: [], assignments: [], ...more } as unknown as IncidentRow;
}
function assignment(progress: Assignment['progress'], progress_at: Assignment['progress_at'], more: Partial<Assignment> = {}): Assignment {
  return { unit: 'AMB03', agency: 'dinkes', progress, progress_at, promise: null, open: progress !== 'clear', ...more } as Assignment;
}
const NOTHING: Situation = { incidents: [], engagements: [], fix_at: () => null, is_ambulance: () => false };
function kinds(more: Partial<Situation>, seconds: number): string[] {
  return obligationsOf({ ...NOTHING, ...more }, ZERO + seconds * 1000, DEFAULT_LIMITS).map((alarm) => `${alarm.alarm_kind}/${alarm.grade}`);
}

function alarm(more: Partial<AlarmRow> = {}): AlarmRow {
  return { kind: 'alarm', key: 'a1', position: 1, alarm_kind: 'no_unit', about: 'i1', grade: 'high', to: ['dispatcher'], since: at(0), agency: null, shelved_until: null, ...more } as AlarmRow;
}

test('an alarm concerns those it is shown to, and an officer only by the own agency', () => {
  const of = (roles: readonly Role[], more: Partial<AlarmRow> = {}, agency: string | null = null): boolean => concerns({ roles, agency }, alarm(more));
  assert.deepEqual([of(['dispatcher']), of(['supervisor']), of(['call_taker']), of(['crew']), of(['call_taker', 'dispatcher'])], [true, false, false, false, true]);
  assert.equal(of(['supervisor'], { to: ['dispatcher', 'supervisor'] }), true);
  const owed = { alarm_kind: 'agency_silent', agency: 'damkar' } as const;
  assert.deepEqual([of(['agency_officer'], owed, 'damkar'), of(['agency_officer'], owed, 'pmi'), of(['agency_officer'], {}, null)], [true, false, false]);
  const escalated = { agency: 'damkar', to: ['dispatcher', 'agency_officer'] };
  assert.deepEqual([of(['agency_officer'], escalated, 'damkar'), of(['agency_officer'], escalated, 'pmi')], [true, false]);
  assert.equal(of(['evaluator', 'admin'], { to: ['supervisor', 'admin'] }), false);
});

test('the highest and oldest first; what was put aside comes back by itself; a flood is read by cause', () => {
  const rows = [alarm({ key: 'b', since: at(2) }), alarm({ key: 'c', grade: 'medium' }), alarm({ key: 'a', since: at(1) }), alarm({ key: 'p', grade: 'panic', since: at(9) })];
  assert.deepEqual([...rows].sort(inOrder).map((row) => row.key), ['p', 'a', 'b', 'c']);
  assert.deepEqual([isShelved(alarm(), ZERO), isShelved(alarm({ shelved_until: at(60) }), ZERO), isShelved(alarm({ shelved_until: at(60) }), ZERO + 60_000)], [false, true, false]);
  const flood = grouped([alarm({ alarm_kind: 'stale_position', key: '1' }), alarm({ key: '2' }), alarm({ alarm_kind: 'stale_position', key: '3' })]);
  assert.deepEqual(flood.map(({ kind, alarms }) => [kind, alarms.length]), [['stale_position', 2], ['no_unit', 1]]);
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
  const left = incident({ assignments: [assignment('clear', { assigned: at(10), clear: at(500) }, { ended_at: at(500) })] });
  assert.equal(isWaitingForUnit(left), true);
  assert.equal(waitingSince(left), at(500));
});

test('the list of those that wait is headed by the number of the header, drafts apart', () => {
  const draft = incident({ state: 'draft', sent_at: null, classified_at: null });
  const rows = [incident(), draft, incident({ state: 'draft', classified_at: at(5) })];
  assert.deepEqual(rows.map(isListedWaiting), [true, true, true]);
  assert.equal(waitingFigure(rows, 'draf'), `${rows.filter(isWaitingForUnit).length} · draf 1`);
  assert.equal(waitingFigure([draft], 'draf'), '0 · draf 1');
  assert.equal(waitingFigure([incident()], 'draf'), '1');
  assert.equal(isListedWaiting(incident({ state: 'draft', assignments: [assignment('assigned', {})] })), false);
});

test('list, strip and alarm have one clock for one wait', () => {
  const gone = (release_reason: string) => incident({ assignments: [assignment('assigned', { assigned: at(10) }, { open: false, released: true, release_reason, ended_at: at(131) })] });
  assert.equal(waitingSince(gone('by_hand')), at(131), 'released, not clear: it waits anew since then');
  assert.equal(waitingSince(gone('crashed')), at(0), 'who broke down never came: the caller has waited all the while');
  assert.deepEqual(obligationsOf({ ...NOTHING, incidents: [gone('undone')] }, ZERO + 191_000, DEFAULT_LIMITS).map((one) => one.since), [at(131)]);
  assert.equal(waitingSince(incident({ state: 'draft', sent_at: null, classified_at: at(20) })), at(80), 'a draft: when its interview should be over');
  assert.equal(waitingSince(incident({ state: 'draft', sent_at: null, classified_at: null })), at(0));
});

test('what every unit has left is to be closed, and says since when', () => {
  const over = assignment('clear', { assigned: at(10), on_scene: at(100), clear: at(500) }, { ended_at: at(500) });
  assert.equal(servedSince(incident({ assignments: [over] })), at(500));
  assert.equal(servedSince(incident({ assignments: [over, assignment('departed', { assigned: at(20) })] })), null, 'another one works');
  assert.equal(servedSince(incident({ assignments: [assignment('clear', { assigned: at(10), clear: at(90) }, { ended_at: at(90) })] })), null, 'nobody was there: it waits');
  assert.equal(servedSince(incident({ assignments: [over], state: 'closed' })), null);
  assert.equal(isWaitingForUnit(incident({ assignments: [over] })), false);
  const task = (state: string, agency = 'damkar') => ({ assignments: [{ ...over, agency: 'dinkes' }], tasks: [{ agency, role: 'lead', state }] }) as unknown as Partial<IncidentRow>;
  assert.equal(isWaitingForUnit(incident(task('notified'))), true, 'an ambulance came; the fire service never answered');
  assert.equal(servedSince(incident(task('notified'))), null);
  assert.equal(isWaitingForUnit(incident(task('acknowledged'))), false);
  assert.equal(isWaitingForUnit(incident(task('notified', 'dinkes'))), false, 'its own unit was there');
});

test('a unit that does not accept, does not depart, is late, is long on scene', () => {
  const one = (entry: Assignment) => ({ incidents: [incident({ assignments: [entry] })] });
  assert.deepEqual(kinds(one(assignment('assigned', { assigned: at(0) })), 30), ['not_accepted/high']);
  assert.deepEqual(kinds(one(assignment('accepted', { assigned: at(0), accepted: at(20) })), 90), ['not_departed/high']);
  const promise = { depart_by: at(60), arrive_from: at(200), arrive_to: at(300), travel_source: 'straight_line' };
  assert.deepEqual(kinds(one(assignment('departed', { assigned: at(0), departed: at(50) }, { promise })), 299), []);
  assert.deepEqual(kinds(one(assignment('departed', { assigned: at(0), departed: at(50) }, { promise })), 300), ['late/high']);
  const moved = (first_to: number, to: number) => one(assignment('departed', { assigned: at(0), departed: at(50) }, { promise: { ...promise, arrive_to: at(to) }, first_promise: { ...promise, arrive_to: at(first_to) } }));
  assert.deepEqual(kinds(moved(300, 600), 300), ['late/high'], 'a promise that moves calms nobody');
  assert.deepEqual(kinds(moved(600, 300), 300), ['late/high'], 'told sooner, due sooner');
  assert.deepEqual(kinds(moved(600, 300), 299), []);
  assert.deepEqual(kinds(one(assignment('on_scene', { on_scene: at(0) })), 1800), ['long_on_scene/medium']);
});

test('an agency that does not answer, a stale position, and their names as the centre has them', () => {
  const task = { agency: 'damkar', role: 'lead', state: 'notified', tasked_at: at(0) } as Task;
  const engagement = { kind: 'engagement', key: 'AMB03', position: 1, incident: 'i1', number: 67, progress: 'departed', since: at(0), priority: 'P1' } as EngagementRow;
  const found = obligationsOf({ ...NOTHING, incidents: [incident({ tasks: [task], assignments: [assignment('departed', { departed: at(0) })] })], engagements: [engagement] }, ZERO + 200_000, DEFAULT_LIMITS);
  assert.deepEqual(found.map((one) => `${one.alarm_kind}:${one.about}`), ['agency_silent:i1:damkar', 'stale_position:AMB03']);
  assert.deepEqual(obligationsOf({ ...NOTHING, engagements: [engagement], fix_at: () => ZERO + 190_000 }, ZERO + 200_000, DEFAULT_LIMITS), []);
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
