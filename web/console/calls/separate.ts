/* A call was joined to the wrong incident: the one that began with it stands alone again, with its report. */
import { act } from '../../board/act.svelte.ts';
import { board } from '../../board/board.svelte.ts';
import { t } from '../../ui/i18n.svelte.ts';
import type { Interview } from './interview.svelte.ts';

export async function separate({ left_incident: own, incident: from, report, call_row }: Interview): Promise<void> {
  if (own === null) return;
  const done = t('calls.separated', { number: board.incident.get(from)?.row.number ?? '' });
  if (board.incident.get(own)?.row.merged_into) {
    await act({ type: 'incident.unmerge', incident: own }, { done, undo: () => ({ type: 'incident.merge', incident: own, into: from }) });
    return;
  }
  if ((await act({ type: 'incident.unlink_report', incident: from, report })).outcome !== 'done') return;
  await act({ type: 'incident.open', incident: own, report, training: call_row?.training ?? false }, { done });
}
