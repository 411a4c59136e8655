/* What stands beside the response times: one kecamatan against all others (F8), and how much the units had to do (F13). */
import type { Difference, Estimate } from './figures.ts';

/** A figure's change in one kecamatan, in all others, and the former beyond the latter. */
export interface Beyond {
  readonly what: 'p90' | 'share';
  readonly here: Difference;
  readonly there: Difference;
  readonly beyond: Difference;
}
/** Four numbers of cases; no figure where one of them is under 30. */
export interface Elsewhere {
  readonly place: string;
  readonly n_here_before: number;
  readonly n_here_after: number;
  readonly n_there_before: number;
  readonly n_there_after: number;
  readonly measures: readonly Beyond[];
}
/** Hours of a unit, of an agency's units or of all; of fewer than 30 works no ratio. */
export interface UnitLoad {
  readonly agency: string;
  readonly unit: string;
  readonly units: number;
  readonly works: number;
  readonly bound_h: number;
  readonly on_duty_h: number;
  readonly unsigned_h: number;
  readonly utilisation: Estimate | null;
}
export interface Load {
  readonly groups: readonly UnitLoad[];
  readonly units: readonly UnitLoad[];
  readonly unsure: number;
}
