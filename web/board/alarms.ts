/* Which alarms stand, as a pure function of the rows and the time: something a person must do now and the software
   cannot. An alarm has no memory of its own: it ends when its cause ends. Limits are settings of the city. */
import type { AgencyRow, CallRow, EngagementRow, IncidentRow, Priority, UnitRow } from '../wire/rows.ts';
import { placeOf, textOf } from '../wire/rows.ts';
import type { Role } from '../wire/types.ts';
import type { SystemCause, Trouble } from './system.ts';
import { isDroppedCall, isWaitingCall, isWaitingForUnit, waitingSince } from './figures.ts';
import { wasReached } from './voice.ts';

export type AlarmKind =
  | 'crew_emergency'
  | 'call_waiting'
  | 'no_unit'
  | 'not_accepted'
  | 'not_departed'
  | 'late'
  | 'agency_silent'
  | 'call_dropped'
  | 'long_on_scene'
  | 'stale_position'
  | 'system';

export type Grade = 'panic' | 'critical' | 'high' | 'medium';

export interface Alarm {
  /** The same while its cause lasts. */
  readonly key: string;
  readonly kind: AlarmKind;
  readonly grade: Grade;
  /** Since when the cause stands. */
  readonly since: string;
  /** After how many seconds it became an alarm. */
  readonly limit_s: number;
  readonly number: number | null;
  readonly subject: string;
  readonly incident: string | null;
  readonly unit: string | null;
  readonly call: string | null;
  /** What is wrong with a switch, and at which other node. */
  readonly trouble?: Trouble;
}

/** All in seconds. */
export interface AlarmLimits {
  readonly call_waiting_s: number;
  readonly call_waiting_critical_s: number;
  readonly no_unit_s: Readonly<Record<Priority, number | null>>;
  readonly accept_first_s: number;
  readonly accept_s: number;
  readonly depart_s: number;
  readonly agency_s: number;
  readonly dropped_s: number;
  readonly on_scene_s: number;
  readonly stale_s: number;
}

export const DEFAULT_LIMITS: AlarmLimits = {
  call_waiting_s: 10,
  call_waiting_critical_s: 20,
  no_unit_s: { P1: 60, P2: 120, P3: 300, P4: 900, P5: null, P0: null },
  accept_first_s: 30,
  accept_s: 60,
  depart_s: 90,
  agency_s: 60,
  dropped_s: 5,
  on_scene_s: 1_800,
  stale_s: 120,
};

export interface Situation {
  readonly calls: readonly CallRow[];
  readonly incidents: readonly IncidentRow[];
  readonly units: readonly UnitRow[];
  readonly engagements: readonly EngagementRow[];
  readonly agencies: readonly AgencyRow[];
  /** When each unit's position was measured, in milliseconds. */
  readonly fix_at: (unit: string) => number | null;
  /** What is wrong with the switches themselves. */
  readonly troubles: readonly Trouble[];
}

/** Whose business an alarm is. */
export interface Person {
  readonly roles: readonly Role[];
  readonly agency: string | null;
}

const OF_OPERATOR: readonly AlarmKind[] = ['call_waiting', 'call_dropped', 'late'];

/** Whether this person must act on it: an operator on calls, a dispatcher on all but fresh calls, a supervisor on all, an
    agency officer on what their own agency owes. Crews, evaluators and administrators get no alarms of the room. */
export function concerns({ roles, agency }: Person, alarm: Alarm): boolean {
  if (roles.includes('supervisor')) return true;
  if (alarm.kind === 'system') return false;
  if (roles.includes('call_taker') && OF_OPERATOR.includes(alarm.kind)) return true;
  if (roles.includes('dispatcher')) return alarm.kind === 'call_waiting' ? alarm.grade === 'critical' : alarm.kind !== 'call_dropped';
  if (!roles.includes('agency_officer')) return false;
  return alarm.kind === 'crew_emergency' || (alarm.kind === 'agency_silent' && alarm.subject === agency);
}

const GRADES: readonly Grade[] = ['panic', 'critical', 'high', 'medium'];

/** All standing alarms, the highest and oldest first. */
export function alarmsOf(situation: Situation, now: number, limits: AlarmLimits = DEFAULT_LIMITS): Alarm[] {
  const found = [
    ...situation.units.flatMap((unit) => emergencies(unit)),
    ...oncePerNumber(situation.calls.flatMap((call) => ofCall(call, now, limits))),
    ...situation.incidents.flatMap((incident) => ofIncident(incident, now, limits)),
    ...situation.engagements.flatMap((engagement) => stale(engagement, situation, now, limits)),
    ...situation.troubles.map((trouble) => ofSystem(trouble)),
  ];
  return found.sort((a, b) => GRADES.indexOf(a.grade) - GRADES.indexOf(b.grade) || (a.since < b.since ? -1 : 1));
}

/** Critical is what would lose a call, high what may have lost one already. */
const GRADE_OF: Readonly<Record<SystemCause, Grade>> = { spool_failing: 'critical', spool_damaged: 'high', unreadable: 'high', set_aside: 'medium', faults: 'medium' };

const NOTHING = { number: null, incident: null, unit: null, call: null };

function over(at: string | null | undefined, limit_s: number | null, now: number): boolean {
  return at != null && limit_s !== null && now - Date.parse(at) >= limit_s * 1000;
}

function emergencies(unit: UnitRow): Alarm[] {
  if (unit.emergency_at === null) return [];
  const alarm: Alarm = { ...NOTHING, key: `crew_emergency:${unit.key}`, kind: 'crew_emergency', grade: 'panic', since: unit.emergency_at, limit_s: 0, subject: unit.key, unit: unit.key };
  return [alarm];
}

function ofCall(call: CallRow, now: number, limits: AlarmLimits): Alarm[] {
  const base = { ...NOTHING, call: call.key, subject: textOf(call.number) };
  if (isWaitingCall(call) && over(call.ring_at, limits.call_waiting_s, now)) {
    const grade = over(call.ring_at, limits.call_waiting_critical_s, now) ? 'critical' : 'high';
    return [{ ...base, key: `call_waiting:${call.key}`, kind: 'call_waiting', grade, since: call.ring_at, limit_s: limits.call_waiting_s }];
  }
  const ended = call.ended_at;
  const rang_s = ended === null ? 0 : (Date.parse(ended) - Date.parse(call.ring_at)) / 1000;
  if (ended !== null && isDroppedCall(call) && !wasReached(call) && (call.dropped || (call.answered_at === null && rang_s >= limits.dropped_s))) {
    return [{ ...base, key: `call_dropped:${call.key}`, kind: 'call_dropped', grade: 'high', since: ended, limit_s: limits.dropped_s }];
  }
  return [];
}

/** Somebody who was cut off again and again is one person to ring back, since the first time. */
function oncePerNumber(found: readonly Alarm[]): Alarm[] {
  const oldest = new Map<string, Alarm>();
  const others: Alarm[] = [];
  for (const alarm of found) {
    if (alarm.kind !== 'call_dropped' || alarm.subject === '') others.push(alarm);
    else if (alarm.since < (oldest.get(alarm.subject)?.since ?? '~')) oldest.set(alarm.subject, alarm);
  }
  return [...others, ...oldest.values()];
}

function ofSystem(trouble: Trouble): Alarm {
  const grade = GRADE_OF[trouble.cause];
  return { ...NOTHING, key: `system:${trouble.key}`, kind: 'system', grade, since: trouble.since, limit_s: 0, subject: trouble.subject, trouble };
}

function ofIncident(incident: IncidentRow, now: number, limits: AlarmLimits): Alarm[] {
  if (incident.state === 'closed') return [];
  const place = placeOf(incident.place);
  const base = { ...NOTHING, number: incident.number, incident: incident.key, subject: [incident.nature, place].filter(Boolean).join(', ') };
  const alarms: Alarm[] = [];
  const wait_s = limits.no_unit_s[incident.priority ?? 'P3'];
  if (isWaitingForUnit(incident) && wait_s !== null && over(waitingSince(incident), wait_s, now)) {
    const grade: Grade = incident.priority === 'P1' ? 'critical' : 'high';
    alarms.push({ ...base, key: `no_unit:${incident.key}`, kind: 'no_unit', grade, since: waitingSince(incident), limit_s: wait_s });
  }
  for (const task of incident.tasks) {
    if ((task.state === 'tasked' || task.state === 'notified') && over(task.tasked_at, limits.agency_s, now)) {
      alarms.push({ ...base, key: `agency_silent:${incident.key}:${task.agency}`, kind: 'agency_silent', grade: 'high', since: task.tasked_at, limit_s: limits.agency_s, subject: task.agency });
    }
  }
  return [...alarms, ...ofAssignments(incident, base, now, limits)];
}

function ofAssignments(incident: IncidentRow, base: Omit<Alarm, 'key' | 'kind' | 'grade' | 'since' | 'limit_s'>, now: number, limits: AlarmLimits): Alarm[] {
  const alarms: Alarm[] = [];
  for (const assignment of incident.assignments.filter((entry) => entry.open)) {
    const { unit, progress, progress_at, promise } = assignment;
    const since = progress_at[progress] ?? incident.opened_at;
    const raise = (kind: AlarmKind, grade: Grade, from: string, limit_s: number) => {
      if (over(from, limit_s, now)) alarms.push({ ...base, key: `${kind}:${incident.key}:${unit}`, kind, grade, since: from, limit_s, subject: unit, unit });
    };
    if (progress === 'assigned') raise('not_accepted', 'high', since, incident.priority === 'P1' ? limits.accept_first_s : limits.accept_s);
    if (progress === 'accepted') raise('not_departed', 'high', progress_at.assigned ?? since, limits.depart_s);
    if (promise && (progress === 'assigned' || progress === 'accepted' || progress === 'departed')) raise('late', 'high', promise.arrive_to, 0);
    if (progress === 'on_scene' || progress === 'at_patient') raise('long_on_scene', 'medium', since, limits.on_scene_s);
  }
  return alarms;
}

function stale(engagement: EngagementRow, situation: Situation, now: number, limits: AlarmLimits): Alarm[] {
  const fix = situation.fix_at(engagement.key);
  const since = Math.max(fix ?? 0, Date.parse(engagement.since));
  if (now - since < limits.stale_s * 1000) return [];
  const { key: unit, incident, number } = engagement;
  return [{ ...NOTHING, key: `stale_position:${unit}`, kind: 'stale_position', grade: 'medium', since: new Date(since).toISOString(), limit_s: limits.stale_s, number, incident, unit, subject: unit }];
}
