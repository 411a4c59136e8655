/* Units that stand at one spot and say different things: one has arrived, the other is still on its way to the same
   incident or free. A tap was forgotten, or two devices are in the wrong vehicles. Pure; a person looks. */
import { STALE_S } from '../../board/fix-age.ts';
import type { UnitSign } from '../../ui/unit-state.ts';
import { metresBetween } from '../../ui/metres.ts';

/** Two receivers in one street read this far apart, in metres. */
export const TOGETHER_M = 15;
/** Not nearer than this in degrees of latitude, and nothing needs to be measured. */
const TOGETHER_DEG = 0.0002;

export interface Standing {
  readonly key: string;
  readonly sign: UnitSign;
  readonly incident: string | null;
  readonly where: { readonly lat: number; readonly lon: number; readonly at: number } | undefined;
}

/** For each unit that should be asked: the one that has arrived where it stands. Old positions say nothing. */
export function contradictions(units: readonly Standing[], now: number): Map<string, string> {
  const known = units.filter(({ where }) => where !== undefined && now - where.at <= STALE_S * 1000);
  const found = new Map<string, string>();
  for (const arrived of known) {
    if (arrived.sign !== 'tiba' || !arrived.where) continue;
    for (const other of known) {
      if (other.where === undefined || Math.abs(other.where.lat - arrived.where.lat) > TOGETHER_DEG) continue;
      const is_forgotten = other.sign === 'menuju' ? other.incident === arrived.incident : other.sign === 'siaga';
      if (is_forgotten && metresBetween(arrived.where, other.where) <= TOGETHER_M) found.set(other.key, arrived.key);
    }
  }
  return found;
}
