/* An alarm in one line of words: number first, because that is what people say. */
import type { Alarm, AlarmKind } from '../board/alarms.ts';
import type { SystemCause } from '../board/system.ts';
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
  system: 'alarm.system',
};

const TROUBLES: Readonly<Record<SystemCause, Key>> = {
  spool_failing: 'alarm.system.spool_failing',
  spool_damaged: 'alarm.system.spool_damaged',
  unreadable: 'alarm.system.unreadable',
  set_aside: 'alarm.system.set_aside',
  faults: 'alarm.system.faults',
};

export function sayAlarm(alarm: Alarm): string {
  if (alarm.trouble) {
    const { cause, subject, node } = alarm.trouble;
    return t(WORDS.system, { what: t(TROUBLES[cause], { subject }), node }).trim();
  }
  const subject = alarm.call !== null ? phone(alarm.subject) : alarm.kind === 'agency_silent' ? city.agencyName(alarm.subject) : alarm.subject;
  return t(WORDS[alarm.kind], { number: alarm.number ?? '', subject: subject === '' ? t('alarm.unnamed') : subject }).trim();
}
