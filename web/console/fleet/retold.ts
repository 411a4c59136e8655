/* Whether a caller waits for what is not so any more: a unit that does not come, or comes at another time. Pure. */
import type { Assignment, IncidentRow, Promised, ReportRow } from '../../wire/rows.ts';

/** The unit that the caller was last promised and that was taken off before it arrived; null when nothing is to be told. */
export function brokenPromise(incident: Pick<IncidentRow, 'assignments' | 'state'>, report: Pick<ReportRow, 'told'>): string | null {
  if (incident.state === 'closed') return null;
  const last = report.told.reduce<ReportRow['told'][number] | null>((newest, one) => (newest === null || one.at > newest.at ? one : newest), null);
  if (last === null) return null;
  const was = incident.assignments.filter((one) => one.unit === last.unit).at(-1);
  return was?.released === true && was.progress_at.on_scene === undefined ? last.unit : null;
}

/** The range the caller knows of a unit that is still to come, when another one counts now; null when none is to be told.
    Known is what was read to them, and what somebody decided not to read, or they saw behind their link. */
export function slippedPromise(report: Pick<ReportRow, 'told' | 'settled'> | undefined, one: Pick<Assignment, 'unit' | 'open' | 'promise' | 'progress_at'>): Promised | null {
  const known = report ? [...report.told, ...report.settled].filter(({ unit }) => unit === one.unit) : [];
  const last = known.sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1)?.promise;
  if (!last || !one.open || !one.promise || one.progress_at.on_scene !== undefined) return null;
  return last.arrive_to === one.promise.arrive_to ? null : last;
}
