/* How an order is taken back, by commands that the centre accepts, or refuses with who and what. No framework. */
import type { AnyCommand } from '../wire/commands.ts';
import type { Assignment, UnitRow } from '../wire/rows.ts';

type Work = Pick<Assignment, 'unit' | 'progress'>;

/** A released unit goes on there, as far as it was. */
export const restored = (incident: string, unit: string): AnyCommand => ({ type: 'assignment.restore', incident, unit });

/** The step that it had before; also of a unit that was said to be clear. */
export const stepBack = (incident: string, { unit, progress }: Work): AnyCommand => ({ type: 'assignment.progress', incident, unit, progress, correction: true });

/** The unit that went goes on there, and only then the other one leaves, unless it was there before: somebody always goes. */
export const unswapped = (incident: string, from: string, to: string, was_there: boolean): readonly AnyCommand[] =>
  was_there ? [restored(incident, from)] : [restored(incident, from), { type: 'assignment.release', incident, unit: to, reason: 'undone' }];

/** Open again, and the units that were cleared with it where they were. */
export const reopened = (incident: string, cleared: readonly Work[]): readonly AnyCommand[] => [
  { type: 'incident.reopen', incident, reason: 'undone' },
  ...cleared.map((work) => stepBack(incident, work)),
];

/** The agency is not asked after all; whoever was told there is told so. */
export const withdrawn = (incident: string, agency: string): AnyCommand => ({ type: 'task.withdraw', incident, agency });

/** Back on the road and on the incident that it broke down on. */
export const mended = (incident: string, unit: string): readonly AnyCommand[] => [{ type: 'unit.return_to_service', unit }, restored(incident, unit)];

/** What brings an idle unit into the state that it has now. */
export function stateOf({ key: unit, state, reason, reason_text }: Pick<UnitRow, 'key' | 'state' | 'reason' | 'reason_text'>): AnyCommand {
  if (state === 'off_duty') return { type: 'unit.end_duty', unit };
  if (state === 'out_of_service') return { type: 'unit.out_of_service', unit, reason: reason_text?.text || reason || 'by_dispatcher' };
  return { type: 'unit.return_to_service', unit };
}
