/* Whether a caller waits for a unit that does not come. Pure. */
import type { IncidentRow, ReportRow } from '../../wire/rows.ts';

/** The unit that the caller was last promised and that was taken off before it arrived; null when nothing is to be told. */
export function brokenPromise(incident: Pick<IncidentRow, 'assignments' | 'state'>, report: Pick<ReportRow, 'told'>): string | null {
  if (incident.state === 'closed') return null;
  const last = report.told.reduce<ReportRow['told'][number] | null>((newest, one) => (newest === null || one.at > newest.at ? one : newest), null);
  if (last === null) return null;
  const was = incident.assignments.filter((one) => one.unit === last.unit).at(-1);
  return was?.released === true && was.progress_at.on_scene === undefined ? last.unit : null;
}
