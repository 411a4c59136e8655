/* An alarm in one line of words: number first, because that is what people say. */
import type { Alarm, AlarmKind } from '../board/alarms.ts';
import { city } from '../board/plans.svelte.ts';
import { phone } from '../ui/format.ts';
import { t } from '../ui/i18n.svelte.ts';
import type { Key } from '../ui/words.ts';

const WORDS: Readonly<Record<AlarmKind, Key>> = {
  crew_emergency: 'alarm.crew_emergency',
  call_waiting: 'alarm.call_waiting',
  no_unit: 'alarm.no_unit',
  not_accepted: 'alarm.not_accepted',
  not_departed: 'alarm.not_departed',
  late: 'alarm.late',
  agency_silent: 'alarm.agency_silent',
  call_dropped: 'alarm.call_dropped',
  long_on_scene: 'alarm.long_on_scene',
  stale_position: 'alarm.stale_position',
};

export function sayAlarm(alarm: Alarm): string {
  const subject = alarm.call !== null ? phone(alarm.subject) : alarm.kind === 'agency_silent' ? city.agencyName(alarm.subject) : alarm.subject;
  return t(WORDS[alarm.kind], { number: alarm.number ?? '', subject: subject === '' ? t('alarm.unnamed') : subject }).trim();
}
