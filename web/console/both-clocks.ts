/* Two clocks of a fact: when it was, and when it came to the record. */
import { show, t } from '../ui/i18n.svelte.ts';

const LATE_MS = 60_000;

/** Both of what came late, a crew's tap without a network or a paper form; '' for what was recorded as it happened. */
export function bothClocks({ at, recorded_at }: { readonly at: string; readonly recorded_at: string }): string {
  if (Date.parse(recorded_at) - Date.parse(at) <= LATE_MS) return '';
  return t('fleet.timeline_late', { at: show.time(at, false), received: show.time(recorded_at, false) });
}
