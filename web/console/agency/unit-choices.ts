/* What an agency may say of its own unit, and how it is taken back. Pure. */
import { stepsAfter } from '../../ui/steps.ts';
import { stateOf, stepBack } from '../way-back.ts';
import type { AnyCommand } from '../../wire/commands.ts';
import type { EngagementRow, UnitRow } from '../../wire/rows.ts';

export interface Choice {
  /** The key of its words, and of why. */
  readonly words: string;
  readonly why?: string;
  readonly command: AnyCommand;
  readonly undo: AnyCommand;
}

const WHYS = ['no_crew', 'broken_down', 'other'] as const;

export function unitChoices(row: Pick<UnitRow, 'key' | 'state' | 'capabilities' | 'reason' | 'reason_text'>, engagement: Pick<EngagementRow, 'progress' | 'incident'> | undefined): readonly Choice[] {
  const { key: unit, state, capabilities } = row;
  const undo = stateOf(row);
  const [on, off, back] = [{ type: 'unit.start_duty', unit }, { type: 'unit.end_duty', unit }, { type: 'unit.return_to_service', unit }] as const;
  if (engagement) {
    const { incident, progress } = engagement;
    return stepsAfter(progress, capabilities.includes('transport')).map((step) => ({
      words: `progress.${step}`,
      command: { type: 'assignment.progress', incident, unit, progress: step },
      undo: stepBack(incident, { unit, progress }),
    }));
  }
  if (state === 'off_duty') return [{ words: 'unit_state.available', command: on, undo: off }];
  if (state === 'out_of_service') return [{ words: 'unit_state.available', command: back, undo }, { words: 'unit_state.off_duty', command: off, undo }];
  return [
    ...WHYS.map((why) => ({ words: 'unit_state.out_of_service', why, command: { type: 'unit.out_of_service', unit, reason: why } as const, undo: back })),
    { words: 'unit_state.off_duty', command: off, undo: on },
  ];
}
