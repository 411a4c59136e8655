/* What the wall says of room and fleet in one word each: which desks lead, and whether anybody who can treat on the way is free. Pure. */
import { isAvailable } from '../../board/figures.ts';
import type { Plans } from '../../wire/plans.ts';
import type { DeskRow, EngagementRow, UnitRow } from '../../wire/rows.ts';

/** What a unit can do that has a doctor or a nurse on board. */
const ALS = 'als';

/** Desks that the city plans for this role and somebody is on duty at, in their order; where nobody is, other desks whose
 *  person has the role. Who that is, is not for the wall. */
export function onDutyAs(role: string, desks: readonly DeskRow[], planned: Plans['desks']): readonly string[] {
  const there = desks.filter((desk) => desk.state !== 'free');
  const at_own = planned.flatMap((one) => (one.role === role ? there.filter((desk) => desk.key === one.key) : []));
  return (at_own.length > 0 ? at_own : there.filter((desk) => desk.roles.includes(role))).map((desk) => desk.key);
}

/** ALS units free of all, and since when none is; null where the city has none. Instants are ISO 8601 of one zone. */
export function alsOf(units: readonly UnitRow[], engagement: (unit: string) => EngagementRow | undefined): { readonly free: number; readonly all: number; readonly none_since: string | null } | null {
  const als = units.filter((unit) => unit.capabilities.includes(ALS));
  if (als.length === 0) return null;
  const free = als.filter((unit) => isAvailable(unit, engagement(unit.key))).length;
  const left = als.map((unit) => engagement(unit.key)?.since ?? unit.emergency_at ?? unit.since).sort();
  return { free, all: als.length, none_since: free > 0 ? null : (left.at(-1) ?? null) };
}
