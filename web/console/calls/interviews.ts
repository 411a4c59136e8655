/* Interviews that begin without a call, that are put away and taken up again, and those that a reload cut off from what they
   had still to say. */
import { act } from '../../board/act.svelte.ts';
import { board } from '../../board/board.svelte.ts';
import { t } from '../../ui/i18n.svelte.ts';
import { notices } from '../../ui/notices.svelte.ts';
import type { IncidentRow } from '../../wire/rows.ts';
import { keptBy } from './draft.ts';
import { Interview, WITHOUT_CALL } from './interview.svelte.ts';
import { work } from './work.svelte.ts';

export { Interview };

/** An interview that begins without a call. */
export function withoutCall(): Interview {
  return new Interview({ key: `${WITHOUT_CALL}${crypto.randomUUID()}`, number: null });
}

/** Put away in this window, the newest last: they know what was typed before the record's rows do. */
const away = new Map<string, Interview>();
const AWAY_MOST = 5;

/** Nothing more is written: what was not sent stays a draft, and it is said where it lies. */
export function putAway(interview: Interview): void {
  void interview.close();
  const row = interview.incident_row;
  const is_settled = ![null, undefined, 'incident'].includes(interview.call_row?.disposition); // its draft is being closed
  if (row?.state !== 'draft' || is_settled) return;
  away.delete(row.key);
  away.set(row.key, interview);
  if (away.size > AWAY_MOST) away.delete([...away.keys()][0]!);
  notices.done(t('interview.put_away', { number: row.number }));
}

/** A draft is written on, from what the record and this window have of it; undefined where it did not begin in an interview. */
export function takeUp(draft: IncidentRow): Interview | undefined {
  const call = draft.key.replace(/^i-/, '');
  if (call === draft.key) return undefined;
  const put_away = away.get(draft.key);
  if (put_away) return put_away.reopen();
  return new Interview(board.call.get(call)?.row ?? { key: call, number: null });
}

/** This call tells of an incident that another call told of before. */
export async function joinTo(interview: Interview, into: string): Promise<boolean> {
  if (!(await interview.open())) return false;
  await interview.flush();
  const number = board.incident.get(into)?.row.number ?? '';
  const own = interview.incident;
  const joined = await act({ type: 'incident.merge', incident: own, into }, { done: t('calls.joined', { number }), undo: () => ({ type: 'incident.unmerge', incident: own }) });
  return joined.outcome === 'done';
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
