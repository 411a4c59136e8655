/* Incidents that wait for their closing. Pure. */
import type { IncidentRow } from '../wire/rows.ts';
import { hasUnit, isServed } from './figures.ts';

/** Open although every unit is clear and one has been there: somebody is to close it, or to send another. Since when. */
export function servedSince(incident: IncidentRow): string | null {
  if (incident.state !== 'open' || hasUnit(incident) || !isServed(incident)) return null;
  return incident.assignments.map((one) => one.ended_at ?? '').sort().at(-1) || null;
}
