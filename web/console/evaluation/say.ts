/* Numbers as this screen writes them. */
import { duration } from '../../ui/format.ts';
import { show } from '../../ui/i18n.svelte.ts';
import { city } from '../../board/plans.svelte.ts';
import type { Difference, Estimate } from './figures.ts';
import { named, say } from './words.svelte.ts';

export const NONE = '–';

export const seconds = (value: number | null | undefined): string => (value === null || value === undefined ? NONE : duration(Math.round(value)));
export const percent = (share: number | null | undefined, digits = 0): string => {
  if (share === null || share === undefined) return NONE;
  const rounded = Number((share * 100).toFixed(digits));
  return `${show.number(rounded === 0 ? 0 : rounded, digits)} %`; // never "-0 %"
};
export const signed = (value: number, digits = 0): string => `${value > 0 ? '+' : value < 0 ? '−' : '±'}${show.number(Math.abs(value), digits)}`;

/** A figure with its interval: 11:48 (11:20–12:10). A side that the cases cannot bound is a dash. */
export const estimate = (one: Estimate | null | undefined): string => (one ? `${seconds(one.value)} (${seconds(one.low)}–${seconds(one.high)})` : NONE);
export const shareEstimate = (one: Estimate | null | undefined): string => (one ? percent(one.value, 1) + (one.low === null ? '' : ` (${percent(one.low, 1)}–${percent(one.high, 1)})`) : NONE);
export const isClear = ({ low, high }: Pick<Difference, 'low' | 'high'>): boolean => low !== null && high !== null && !(low <= 0 && 0 <= high);
/** One in twenty of those that are called different up to it is so by chance. */
const DIFFERS_Q = 0.05;
/** What a change is worth, one of many with its false-discovery rate `q`: of too few days nothing is said. */
export const worth = (one: Difference, q: number | null = null): string => (isClear(one) && (q ?? 0) > DIFFERS_Q ? say('by_chance', { q: show.number(q ?? 0, 2) }) : say(one.low === null ? 'few_days' : isClear(one) ? 'clear' : 'unclear'));
/** The interval of a change, each side as `told` writes it; a dash when there is none. */
export const between = (one: Pick<Difference, 'low' | 'high'>, told: (value: number) => string): string => (one.low === null || one.high === null ? NONE : `${told(one.low)} … ${told(one.high)}`);
export const counted = (n: number, all: number, per: string): string => say('counted', { n: show.number(n), all: show.number(all), per: named('per', per) });
export const agencyName = (key: string): string => (key === '' ? say('everybody') : city.agencyName(key));
export const day = (iso: string): string => show.date(`${iso}T12:00:00Z`);
/** A day counted from 1970. */
export const dayOf = (days: number): string => show.date(days * 86_400_000 + 43_200_000);
