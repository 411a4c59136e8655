/* What a crew wants, as the centre's row says it and as the taps that still wait on this device change it. */
import type { HelpWanted } from '../wire/rows.ts';
import type { Tap } from './outbox.ts';

/** The wishes after those taps, in their order; one asked anew is asked again since the tap. */
export function wishesWith(known: readonly HelpWanted[], waiting: readonly Pick<Tap, 'command' | 'tapped_at'>[]): HelpWanted[] {
  let wishes = [...known];
  for (const { command, tapped_at } of waiting) {
    if (command.type !== 'incident.request_help' && command.type !== 'incident.withdraw_help') continue;
    const { what, unit = null } = command;
    const before = wishes.find((one) => one.what === what);
    wishes = wishes.filter((one) => one !== before);
    if (command.type === 'incident.withdraw_help') continue;
    const stands = before && before.answered_at === null;
    wishes.push(stands ? before : { what, unit, agency: null, words: null, at: tapped_at, agent_name: '', answered_at: null, answered_by: '' });
  }
  return wishes;
}
