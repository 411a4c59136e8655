/* What is said beside a promise: why its range is wide, and which one it was before. */
import { latest } from '../ui/format.ts';
import { show, t } from '../ui/i18n.svelte.ts';
import type { Promised } from '../wire/rows.ts';

/** A sentence behind it: an old position, or none. */
export function knownFrom({ position_age_s, at_post }: Promised, between = ' '): string {
  if (at_post) return between + t('promise.at_post');
  return position_age_s == null ? '' : between + t('promise.position_old', { minutes: Math.round(position_age_s / 60) });
}

/** "Janji berubah: semula 14.13–14.16." */
export function changedFrom({ arrive_from, arrive_to }: Promised): string {
  return t('promise.changed', { from: show.time(arrive_from, false), to: show.time(latest(arrive_to), false) });
}
