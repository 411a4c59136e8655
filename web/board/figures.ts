/* The header's figures: who waits and who is free. Pure functions over rows. */
import type { Role } from '../wire/types.ts';
import type { CallRow, EngagementRow, IncidentRow, UnitRow } from '../wire/rows.ts';

/** Who is shown calls, incidents and what units do (`core.redaction`); of nobody else's rows a figure can be made. */
export function seesRoom(roles: readonly Role[]): boolean {
  return roles.some((role) => ['call_taker', 'dispatcher', 'supervisor', 'evaluator'].includes(role));
}

/** Rings and nobody has it yet. */
export function isWaitingCall(call: CallRow): boolean {
  return call.open && (call.state === 'offered' || call.state === 'queued');
}

/** Hung up before an answer, or cut, and nobody has said yet how it ended. */
export function isDroppedCall(call: CallRow): boolean {
  return call.open && (call.state === 'abandoned' || call.state === 'ended') && call.disposition === null;
}

/** Happens: sent, or a draft whose kind is known. Another draft may still become nothing. */
export function isRunning(incident: IncidentRow): boolean {
  return incident.state === 'open' || (incident.state === 'draft' && incident.classified_at !== null);
}

/** How long before an appointment a unit is wanted, in milliseconds: the centre's `lanes.LEAD`. */
const APPOINTMENT_LEAD_MS = 30 * 60_000;

/** How long after its kind is known a draft may still be with the call-taker, in milliseconds. */
const INTERVIEW_MS = 60_000;
/** A unit that had to give up: the caller has waited all the while. */
const BREAKDOWNS = ['broken_down', 'crashed', 'stuck', 'flat_tyre'];

/** Has an appointment that is still far away. */
export function isAhead(incident: IncidentRow, now = Date.now()): boolean {
  return incident.appointment !== null && now < Date.parse(incident.appointment.from_at) - APPOINTMENT_LEAD_MS;
}

/** A unit is at work on it. */
export const hasUnit = (incident: IncidentRow): boolean => incident.assignments.some((one) => one.open);

/** Happens, no unit works on it, and it is not served: what is waits for its closing, not for a unit. */
export function isWaitingForUnit(incident: IncidentRow): boolean {
  return isRunning(incident) && !isAhead(incident) && !hasUnit(incident) && !isServed(incident);
}

/** In the dispatcher's list: what waits, and a draft until a unit has it, since somebody may be sent before it is complete. */
export function isListedWaiting(incident: IncidentRow): boolean {
  return isWaitingForUnit(incident) || (incident.state === 'draft' && !hasUnit(incident));
}

/** The figure beside that list: as many wait as the header says; drafts of which the kind is not known are counted apart. */
export function waitingFigure(listed: readonly IncidentRow[], draft: string): string {
  const waiting = listed.filter((row) => isWaitingForUnit(row)).length;
  return `${waiting}${listed.length > waiting ? ` · ${draft} ${listed.length - waiting}` : ''}`;
}

/** A unit has been there, and nobody who leads is missing: the centre's `core.served`. */
export function isServed({ assignments, tasks }: IncidentRow): boolean {
  const came = assignments.filter(({ released, progress_at }) => !released && progress_at.clear && progress_at.on_scene);
  return came.length > 0 && !tasks.some((task) => task.role === 'lead' && ['tasked', 'notified', 'refused'].includes(task.state) && !came.some((one) => one.agency === task.agency));
}

/** May be assigned now. */
export function isAvailable(unit: UnitRow, engagement: EngagementRow | undefined): boolean {
  return unit.state === 'available' && engagement === undefined && unit.emergency_at === null;
}

/** Since when somebody is waited for who was asked then: at once, or shortly before the appointment. */
export function wantedSince({ appointment }: IncidentRow, at: string): string {
  if (appointment === null) return at;
  const due = new Date(Date.parse(appointment.from_at) - APPOINTMENT_LEAD_MS).toISOString();
  return due > at ? due : at;
}

/** Since when an incident waits for a unit: the centre's `alarm_causes._waits_since`, so that list, strip and alarm have one
 *  clock. Since it was sent or its last unit left it, not since one broke down; a draft since its interview should be over. */
export function waitingSince(incident: IncidentRow): string {
  const { sent_at, classified_at, opened_at, assignments } = incident;
  const asked = sent_at ?? (classified_at ? new Date(Date.parse(classified_at) + INTERVIEW_MS).toISOString() : opened_at);
  const left = assignments.map(({ ended_at, release_reason }) => (BREAKDOWNS.includes(release_reason ?? '') ? '' : (ended_at ?? '')));
  return wantedSince(incident, [asked, ...left].sort().at(-1) ?? asked);
}

/** The earliest of some instants, or null. */
export function earliest(instants: readonly string[]): string | null {
  return instants.reduce<string | null>((first, at) => (first === null || at < first ? at : first), null);
}
