/* An alarm in one line of words: number first, because that is what people say. Names and places are those of the rows it
   points to; the alarm itself holds keys only. */
import type { Group } from '../board/alarms.ts';
import { board } from '../board/board.svelte.ts';
import { city } from '../board/plans.svelte.ts';
import { phone } from '../ui/format.ts';
import { t, told } from '../ui/i18n.svelte.ts';
import type { Key } from '../ui/words.ts';
import { placeOf, textOf, type AlarmRow } from '../wire/rows.ts';

/** What is said of: an alarm, or what will be one. */
export type Sayable = Pick<AlarmRow, 'alarm_kind' | 'about' | 'number' | 'incident' | 'unit' | 'agency'> & Partial<Pick<AlarmRow, 'call' | 'detail' | 'node' | 'desk'>>;

export function sayAlarm(alarm: Sayable): string {
  const { alarm_kind, about, detail = '', node = '' } = alarm;
  if (alarm_kind === 'system') {
    const [part = ''] = about.split(':');
    return t('alarm.system', { what: told(`alarm.system.${part}`, { subject: detail }), node }).trim();
  }
  if (alarm_kind === 'no_free_unit') return t('alarm.no_free_unit', { service: told(`alarm.service.${about.split(':')[0]}`), zone: detail });
  if (alarm_kind === 'alarm_flood') return t('alarm.alarm_flood', { n: detail, desk: city.desk(alarm.desk) });
  const subject = subjectOf(alarm);
  const what = alarm_kind === 'help_wanted' ? told(`help.what.${detail}`) : '';
  return t(`alarm.${alarm_kind}` satisfies Key, { number: alarm.number ?? '', subject: subject === '' ? t('alarm.unnamed') : subject, what }).trim();
}

function subjectOf({ alarm_kind, call, incident, unit, agency, about }: Sayable): string {
  if (call != null) return phone(textOf(board.call.get(call)?.row.number));
  if (alarm_kind === 'agency_silent' || (alarm_kind === 'help_wanted' && unit === null)) return city.agencyName(agency ?? about);
  if (unit !== null) return unit;
  const row = board.incident.get(incident)?.row;
  return row ? [row.nature, placeOf(row.place)].filter(Boolean).join(', ') : about;
}

/** Several of one kind in one line: "12 × posisi basi". */
export function sayGroup({ kind, alarms }: Group): string {
  const [only] = alarms;
  return only && alarms.length === 1 ? sayAlarm(only) : t('alarm.group', { n: alarms.length, what: t(`alarm.kind.${kind}` satisfies Key) });
}

/** Who has it, and where they sit; "" when nobody does. */
export function sayOwner(alarm: AlarmRow): string {
  if (alarm.owner === null) return '';
  if (alarm.owner === board.me?.id) return t('alarm.mine');
  return alarm.owner_desk === null ? alarm.owner_name : t('alarm.owner', { name: alarm.owner_name, desk: city.desk(alarm.owner_desk) });
}
