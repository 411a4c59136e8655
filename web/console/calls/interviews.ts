/* Interviews that begin without a call, and those that a reload cut off from what they had still to say. */
import { board } from '../../board/board.svelte.ts';
import { keptBy } from './draft.ts';
import { Interview, WITHOUT_CALL } from './interview.svelte.ts';
import { work } from './work.svelte.ts';

export { Interview };

/** An interview that begins without a call. */
export function withoutCall(): Interview {
  return new Interview({ key: `${WITHOUT_CALL}${crypto.randomUUID()}`, number: null });
}

let is_said = false;

/** Says, once after a reload, what this person's interviews had not on record by then; the one in hand says it itself. */
export function sendKept(): void {
  if (is_said) return;
  is_said = true;
  for (const key of keptBy(board.me?.id ?? '')) {
    const is_known = key.startsWith(WITHOUT_CALL) || (board.call.get(key) ?? board.report.get(`r-${key}`));
    if (is_known && key !== work.interview?.call) void new Interview({ key, number: null }).close();
  }
}
