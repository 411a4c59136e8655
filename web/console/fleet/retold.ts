/* Whether a caller waits for what is not so any more: a unit that does not come, or comes at another time. Pure. */
import type { Assignment, IncidentRow, Promised, ReportRow } from '../../wire/rows.ts';

/** The unit that the caller was promised and that was taken off before it arrived, when they heard of nobody since who comes in its
    place; null when nothing is to be told. `alike`: whether two units are the same kind of help. As in core/untold.py. */
export function brokenPromise(incident: Pick<IncidentRow, 'assignments' | 'state'>, report: Pick<ReportRow, 'told' | 'settled'>, alike: Alike = anybody): string | null {
  if (incident.state === 'closed') return null;
  const heard = [...report.told, ...report.settled].sort((a, b) => (a.at < b.at ? -1 : 1));
  for (const [place, last] of [...heard.entries()].reverse()) {
    const works = incident.assignments.filter((one) => one.unit === last.unit);
    const since = works.at(-1)?.ended_at ?? last.at;
    const first = firstInstead(incident, last.unit, alike)?.unit;
    const is_superseded = heard.some((one, other) => other !== place && one.at >= since && (one.unit === first || alike(one.unit, last.unit)));
    if (!is_superseded && works.every((one) => one.released && one.progress_at.on_scene === undefined)) return last.unit;
  }
  return null;
}

/** Who comes first in the place of a unit: of the same kind of help, or anybody where none of that is sent. */
export function firstInstead(incident: Pick<IncidentRow, 'assignments'>, unit: string, alike: Alike = anybody): Assignment | undefined {
  const open = incident.assignments.filter((one) => one.open);
  const same = open.filter((one) => alike(one.unit, unit));
  return (same.length > 0 ? same : open).filter((one) => one.promise).sort((a, b) => ((a.promise?.arrive_to ?? '') < (b.promise?.arrive_to ?? '') ? -1 : 1))[0];
}

type Alike = (unit: string, other: string) => boolean;
const anybody = (): boolean => true;

/** The range the caller knows of a unit that is still to come, when another one counts now; null when none is to be told.
    Known is what was read to them, and what somebody decided not to read, or they saw behind their link. */
export function slippedPromise(report: Pick<ReportRow, 'told' | 'settled'> | undefined, one: Pick<Assignment, 'unit' | 'open' | 'promise' | 'progress_at'>): Promised | null {
  const known = report ? [...report.told, ...report.settled].filter(({ unit }) => unit === one.unit) : [];
  const last = known.sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1)?.promise;
  if (!last || !one.open || !one.promise || one.progress_at.on_scene !== undefined) return null;
  return last.arrive_to === one.promise.arrive_to ? null : last;
}
