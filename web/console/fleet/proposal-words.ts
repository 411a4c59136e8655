/* A proposal of units in words: abilities, reasons, ranges, who would be there sooner. */
import { city } from '../../board/plans.svelte.ts';
import { range } from '../../ui/format.ts';
import { t, told } from '../../ui/i18n.svelte.ts';
import type { Candidate, NotOffered, Reason } from '../../wire/plans.ts';
import { sayWhy } from '../why.ts';
import { whyLower } from './frozen.ts';

export const abilities = (needs: readonly string[]): string => needs.map((need) => told(`capability.${need}`)).join(' + ');

export function say(reason: Reason): string {
  const { source, capabilities, reason: why_out } = reason.params;
  return told(`reason.${reason.key}`, {
    ...reason.params,
    ...(typeof source === 'string' ? { source: told(`source.${source}`) } : {}),
    ...(typeof why_out === 'string' ? { reason: sayWhy(why_out) } : {}),
    ...(typeof capabilities === 'string' ? { capabilities: abilities(capabilities.split(',').filter(Boolean)) } : {}),
  });
}

export const minutes = (one: { readonly eta_s_low: number | null; readonly eta_s_high: number | null }): string =>
  one.eta_s_low !== null && one.eta_s_high !== null ? `${range(one.eta_s_low, one.eta_s_high)} ${t('unit.min')}` : '?';

export const sayCloser = (one: NotOffered | Candidate, reasons = one.reasons): string => `${one.unit} ${minutes(one)} (${reasons.map(say).join(', ')})`;

export function sayBelow(one: Candidate): string {
  const lower = whyLower(one);
  return sayCloser(one, lower ? [lower] : one.reasons);
}

export function sayWanting({ count, needs, agencies }: { readonly count: number; readonly needs: readonly string[]; readonly agencies: readonly string[] }): string {
  return [`${count} × ${abilities(needs)}`, ...agencies.map((agency) => city.agencyName(agency))].join(' ');
}
