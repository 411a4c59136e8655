/* Units of a large incident in waves: sent together, arrived together. Pure. */
import type { Assignment } from '../../wire/rows.ts';

/** Units assigned within so many seconds of the one before belong to one wave. */
export const WAVE_S = 180;

export interface Wave {
  readonly at: string;
  readonly units: readonly Assignment[];
}

/** In the order of their assignment; released units are in none. */
export function wavesOf(assignments: readonly Assignment[]): Wave[] {
  const sent = assignments.filter((one) => !one.released && one.progress_at.assigned !== undefined).sort((a, b) => atOf(a).localeCompare(atOf(b)));
  const waves: { at: string; units: Assignment[] }[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const one of sent) {
    const at = Date.parse(atOf(one));
    const wave = waves.at(-1);
    if (wave && at - before <= WAVE_S * 1000) wave.units.push(one);
    else waves.push({ at: atOf(one), units: [one] });
    before = at;
  }
  return waves;
}

function atOf(one: Assignment): string {
  return one.progress_at.assigned ?? '';
}
