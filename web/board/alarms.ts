/* Alarms as the centre raised them: who must act on one, and in which order they are read. The rules themselves are the
   centre's (`core/alarm_rules`); limits are settings of the city. */
import type { AlarmRow, Grade, Priority } from '../wire/rows.ts';
import type { Role } from '../wire/types.ts';

/** All in seconds. */
export interface AlarmLimits {
  readonly call_waiting_s: number;
  readonly call_waiting_critical_s: number;
  readonly no_unit_s: Readonly<Record<Priority, number | null>>;
  readonly accept_first_s: number;
  readonly accept_s: number;
  readonly depart_s: number;
  readonly depart_ambulance_s: number;
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
  depart_ambulance_s: 300,
  agency_s: 60,
  dropped_s: 5,
  on_scene_s: 1_800,
  stale_s: 120,
};

/** Whose business an alarm is. */
export interface Person {
  readonly roles: readonly Role[];
  readonly agency: string | null;
}

/** Whether this person must act on it: the centre says to which roles it is shown, and of an officer's only what the own
    agency owes. Crews, evaluators and administrators get no alarms of the room. */
export function concerns({ roles, agency }: Person, alarm: Pick<AlarmRow, 'to' | 'agency' | 'alarm_kind'>): boolean {
  const as_officer = roles.includes('agency_officer') && alarm.agency !== null && alarm.agency === agency;
  if (as_officer && (alarm.to.includes('agency_officer') || alarm.alarm_kind === 'agency_silent')) return true;
  return roles.some((role) => ROOM.includes(role) && alarm.to.includes(role));
}

const ROOM: readonly Role[] = ['call_taker', 'dispatcher', 'supervisor'];
const GRADES: readonly Grade[] = ['panic', 'critical', 'high', 'medium'];

/** The highest and oldest first. */
export function inOrder(a: Pick<AlarmRow, 'grade' | 'since'>, b: Pick<AlarmRow, 'grade' | 'since'>): number {
  return GRADES.indexOf(a.grade) - GRADES.indexOf(b.grade) || (a.since < b.since ? -1 : 1);
}

/** Put aside, and that time is not over. */
export function isShelved({ shelved_until }: Pick<AlarmRow, 'shelved_until'>, now: number): boolean {
  return shelved_until !== null && now < Date.parse(shelved_until);
}

/** Several alarms of one kind, as one line: what a desk reads while too many come at once. */
export interface Group {
  readonly kind: AlarmRow['alarm_kind'];
  readonly alarms: readonly AlarmRow[];
}

/** By cause, in the order of the first of each. */
export function grouped(alarms: readonly AlarmRow[]): Group[] {
  const groups = new Map<AlarmRow['alarm_kind'], AlarmRow[]>();
  for (const alarm of alarms) groups.set(alarm.alarm_kind, [...(groups.get(alarm.alarm_kind) ?? []), alarm]);
  return [...groups].map(([kind, of_kind]) => ({ kind, alarms: of_kind }));
}
