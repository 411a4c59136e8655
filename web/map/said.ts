/* Where devices and networks say that a caller is, from the rows of calls: each with its source and how far off it may be.
   Shown as said; the place of the incident is what an operator accepted. */
import { t } from '../ui/i18n.svelte.ts';
import type { CallRow } from '../wire/rows.ts';
import { isMeasured, type SaidPosition } from './features.ts';

export function saidOf(call: CallRow | undefined): SaidPosition[] {
  const place = call?.place;
  if (!call || !place?.point || !isMeasured(place.source)) return [];
  const radius_m = place.radius_m ?? null;
  const source = t(place.source === 'network' ? 'map.said.network' : 'map.said.device');
  return [{ key: call.key, point: place.point, radius_m, label: radius_m === null ? source : `${source} ±${Math.round(radius_m)} m` }];
}
