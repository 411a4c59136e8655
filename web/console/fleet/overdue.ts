/* How overdue an incident is: how long it waited over how long it may. The limits are the city's. */
import { alarms } from '../../board/alarms.svelte.ts';
import { waitingSince } from '../../board/figures.ts';
import type { IncidentRow, Priority } from '../../wire/rows.ts';

/** What has no limit of its own is measured against this, in seconds. */
const UNLIMITED_S = 3_600;

export function waitLimit(priority: Priority | null): number {
  return (priority === null ? null : alarms.limits.no_unit_s[priority]) ?? UNLIMITED_S;
}

/** 1 is just overdue, 2 twice as long as allowed. */
export function overdue(incident: IncidentRow, now: number): number {
  return Math.max(0, now - Date.parse(waitingSince(incident))) / 1000 / waitLimit(incident.priority);
}
