/* What will be an alarm soon if nobody acts: the dispatcher's list of obligations, foreseen from the rows and the time.
   It makes no sound and nobody owns what is on it. That something *is* an alarm is the centre's word (`alarms.ts`). */
import type { EngagementRow, AlarmRow, Grade, IncidentRow } from '../wire/rows.ts';
import { isWaitingForUnit, waitingSince, wantedSince } from './figures.ts';
import type { AlarmLimits } from './alarms.ts';
import { inOrder } from './alarms.ts';

/** The same in name as the alarm it will be, by kind and what it is about. */
export type Obligation = Pick<AlarmRow, 'alarm_kind' | 'about' | 'grade' | 'since' | 'limit_s' | 'number' | 'incident' | 'unit' | 'agency'>;

export interface Situation {
  readonly incidents: readonly IncidentRow[];
  readonly engagements: readonly EngagementRow[];
  /** When each unit's position was measured, in milliseconds. */
  readonly fix_at: (unit: string) => number | null;
  /** Ambulances have a limit of their own for their departure. */
  readonly is_ambulance: (unit: string) => boolean;
}

/** What has stood for its limit at that time, the highest and oldest first. */
export function obligationsOf(situation: Situation, at: number, limits: AlarmLimits): Obligation[] {
  const found = [
    ...situation.incidents.flatMap((incident) => ofIncident(incident, situation, at, limits)),
    ...situation.engagements.flatMap((engagement) => stale(engagement, situation, at, limits)),
  ];
  return found.sort(inOrder);
}

function over(at: string | null | undefined, limit_s: number | null, now: number): boolean {
  return at != null && limit_s !== null && now - Date.parse(at) >= limit_s * 1000;
}

function ofIncident(incident: IncidentRow, situation: Situation, now: number, limits: AlarmLimits): Obligation[] {
  if (incident.state === 'closed') return [];
  const base = { number: incident.number, incident: incident.key, unit: null, agency: null };
  const found: Obligation[] = [];
  const wait_s = limits.no_unit_s[incident.priority ?? 'P3'];
  if (incident.state === 'open' && isWaitingForUnit(incident) && wait_s !== null && over(waitingSince(incident), wait_s, now)) {
    const grade: Grade = incident.priority === 'P1' ? 'critical' : 'high';
    found.push({ ...base, about: incident.key, alarm_kind: 'no_unit', grade, since: waitingSince(incident), limit_s: wait_s });
  }
  for (const { agency, state, tasked_at: asked_at } of incident.tasks) {
    const tasked_at = wantedSince(incident, asked_at);
    if ((state === 'tasked' || state === 'notified') && over(tasked_at, limits.agency_s, now)) {
      found.push({ ...base, about: `${incident.key}:${agency}`, alarm_kind: 'agency_silent', grade: 'high', since: tasked_at, limit_s: limits.agency_s, agency });
    }
  }
  return [...found, ...ofAssignments(incident, situation, now, limits)];
}

function ofAssignments(incident: IncidentRow, situation: Situation, now: number, limits: AlarmLimits): Obligation[] {
  const found: Obligation[] = [];
  for (const { unit, agency, progress, progress_at, promise, first_promise } of incident.assignments.filter((entry) => entry.open)) {
    const since = progress_at[progress] ?? incident.opened_at;
    const raise = (alarm_kind: AlarmRow['alarm_kind'], grade: Grade, from: string, limit_s: number) => {
      if (over(from, limit_s, now)) found.push({ about: `${incident.key}:${unit}`, alarm_kind, grade, since: from, limit_s, number: incident.number, incident: incident.key, unit, agency });
    };
    if (progress === 'assigned') raise('not_accepted', 'high', since, incident.priority === 'P1' ? limits.accept_first_s : limits.accept_s);
    if (progress === 'accepted') raise('not_departed', 'high', progress_at.assigned ?? since, situation.is_ambulance(unit) ? limits.depart_ambulance_s : limits.depart_s);
    if (promise && (progress === 'assigned' || progress === 'accepted' || progress === 'departed')) raise('late', 'high', first_promise && first_promise.arrive_to < promise.arrive_to ? first_promise.arrive_to : promise.arrive_to, 0);
    if (progress === 'on_scene' || progress === 'at_patient') raise('long_on_scene', 'medium', since, limits.on_scene_s);
  }
  return found;
}

function stale(engagement: EngagementRow, situation: Situation, now: number, limits: AlarmLimits): Obligation[] {
  const since = Math.max(situation.fix_at(engagement.key) ?? 0, Date.parse(engagement.since));
  if (now - since < limits.stale_s * 1000) return [];
  const { key: unit, incident, number } = engagement;
  return [{ about: unit, alarm_kind: 'stale_position', grade: 'medium', since: new Date(since).toISOString(), limit_s: limits.stale_s, number, incident, unit, agency: null }];
}
