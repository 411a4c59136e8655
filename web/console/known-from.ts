/* Why the range of a promise is wide, as a sentence behind it: an old position, or none. */
import { t } from '../ui/i18n.svelte.ts';
import type { Promised } from '../wire/rows.ts';

export function knownFrom({ position_age_s, at_post }: Promised, between = ' '): string {
  if (at_post) return between + t('promise.at_post');
  return position_age_s == null ? '' : between + t('promise.position_old', { minutes: Math.round(position_age_s / 60) });
}
