/* Where devices and networks say that a caller is, from the rows of calls: each with its source and how far off it may be.
   Shown as said; the place of the incident is what an operator accepted. */
import { told } from '../ui/i18n.svelte.ts';
import type { CallRow } from '../wire/rows.ts';
import { type SaidPosition } from './features.ts';

export function saidOf(call: CallRow | undefined): SaidPosition[] {
  return (call?.positions ?? []).map(({ source, point, radius_m, sector, at }) => {
    const said = told(`position.${source}`);
    return { key: `${call?.key ?? ''}/${source}/${at}`, point, radius_m, sector, label: radius_m === null ? said : `${said} ±${Math.round(radius_m)} m` };
  });
}
