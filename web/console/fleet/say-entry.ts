/* What an event of the record says beside its name, in words; as much of it as this person may see. */
import { city } from '../../board/plans.svelte.ts';
import { t, told } from '../../ui/i18n.svelte.ts';
import type { TimelineEntry } from '../../wire/plans.ts';
import { textOf, type Sealed } from '../../wire/rows.ts';
import { sayWhy } from '../why.ts';

/** Who, what and why of an event of the timeline. */
export function sayEntry({ kind, params }: TimelineEntry): string {
  const parts: string[] = [];
  if (typeof params['protocol_version'] === 'number') parts.push(`${String(params['protocol'])} v${params['protocol_version']}`, ...(params['protocol_signed'] === false ? [t('triage.was_unsigned')] : []), ...(params['withheld'] === true ? [t('triage.was_withheld')] : []));
  if (typeof params['unit'] === 'string') parts.push(params['unit']);
  if (typeof params['progress'] === 'string') parts.push(told(`progress.${params['progress']}`));
  if (typeof params['agency'] === 'string') parts.push(city.agencyName(params['agency']));
  if (typeof params['nature'] === 'string') parts.push(`${params['nature']} ${city.say(city.nature(params['nature'])?.name)}`);
  if (typeof params['ticket'] === 'string') parts.push(params['ticket']);
  if (typeof params['outcome'] === 'string') parts.push(told(`outcome.${params['outcome']}`));
  if (typeof params['priority'] === 'string') parts.push(params['priority']);
  if (typeof params['reason'] === 'string') parts.push(sayWhy(params['reason'], (params['reason_text'] ?? null) as Sealed | null));
  if (typeof params['hospital'] === 'string') parts.push(city.hospital(params['hospital']));
  if (typeof params['danger'] === 'string') parts.push(told(`danger.${params['danger']}`), ...(params['present'] === false ? [t('scene.no_longer')] : []));
  if (typeof params['people'] === 'number') parts.push(String(params['people']));
  if (typeof params['way'] === 'string') parts.push(told(`shortage.way.${params['way']}`));
  if (kind === 'incident.messaged') parts.push(textOf(params['text'] as Sealed | null));
  return parts.join(' · ');
}
