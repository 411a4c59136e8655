/* What a person does with an alarm besides taking it: give it back, put it aside for a while. */
import { act } from '../board/act.svelte.ts';
import { t } from '../ui/i18n.svelte.ts';
import type { AlarmRow } from '../wire/rows.ts';

/** Longest time an alarm may be put aside, in minutes. */
export const SHELVED_MINUTES_MOST = 15;

/** One after the other, so that one that somebody else has meanwhile is told and the others are taken. */
export async function takeAll(alarms: readonly AlarmRow[]): Promise<void> {
  for (const { key } of alarms) await act({ type: 'alarm.take', alarm: key }, { row: key, done: t('alarm.took') });
}

/** What came of asking a crew by radio. */
export async function answered({ incident, unit }: AlarmRow, is_heard: boolean): Promise<void> {
  if (incident === null || unit === null) return;
  await act({ type: 'assignment.radio_check', incident, unit, answered: is_heard }, { row: incident, done: t(is_heard ? 'radio.was_answered' : 'radio.was_silent', { unit }) });
}

export async function leaveAlarm({ key }: AlarmRow): Promise<void> {
  await act({ type: 'alarm.leave', alarm: key }, { row: key, done: t('alarm.left') });
}

/** Returns whether it was put aside. */
export async function shelveAlarm({ key }: AlarmRow, minutes: number, reason: string): Promise<boolean> {
  const answer = await act({ type: 'alarm.shelve', alarm: key, minutes, reason }, { row: key, done: t('alarm.was_shelved', { n: minutes }) });
  return answer.outcome === 'done';
}
