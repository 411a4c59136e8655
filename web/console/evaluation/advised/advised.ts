/* What was promised and advised against what came, as the server tells it; and the rows that are drawn of it. Pure. */
import type { Difference, Estimate } from '../figures.ts';

/** Promises of about the same lead time; of the longest `upto_s` is null. */
export interface Band {
  readonly upto_s: number | null;
  readonly n: number;
  readonly kept: Estimate | null;
  readonly early: number;
  readonly late: number;
  readonly median_error_s: number | null;
}
export interface Covered {
  readonly key: string;
  readonly n: number;
  readonly early: number;
  readonly late: number;
  readonly inside: Estimate | null;
  readonly error_s: Estimate | null;
}
export interface Choice {
  readonly choice: string;
  readonly covered: Covered;
  readonly took_s: Estimate | null;
  readonly lost_s: Estimate | null;
}
export interface Advised {
  readonly kept_wanted: number;
  readonly inside_wanted: number;
  readonly promises: {
    readonly n: number;
    readonly undecided: number;
    readonly kept: Estimate | null;
    readonly departed: Estimate | null;
    readonly early: number;
    readonly late: number;
    readonly never_came: number;
    readonly bands: readonly Band[];
    readonly revised: number;
    readonly kept_last: Estimate | null;
    readonly told_last: number;
    /** Taken off before their time was over; in no other figure. */
    readonly stood_down: number;
  };
  readonly advice: {
    readonly unknown: number;
    readonly unsure: number;
    readonly never_came: number;
    readonly pending: number;
    readonly all: Covered;
    readonly choices: readonly Choice[];
    readonly inside_change: Difference | null;
    readonly took_change: Difference | null;
    readonly by_kind: readonly Covered[];
    readonly by_hour: readonly Covered[];
  };
}

/** Fewer than this have a count and no figure. */
export const ENOUGH = 30;

/** A band's share, where there are promises enough to speak of one. */
export const keptOf = (band: Band): Estimate | null => (band.n < ENOUGH ? null : band.kept);

/** Every line of the advice, groups in order: all, the two choices, kinds of units, hours. */
export function linesOf({ all, choices, by_kind, by_hour }: Advised['advice']): { readonly group: 'all' | 'choice' | 'profile' | 'hour'; readonly of: Covered; readonly choice: Choice | null }[] {
  return [
    { group: 'all', of: all, choice: null },
    ...choices.map((one) => ({ group: 'choice' as const, of: { ...one.covered, key: one.choice }, choice: one })),
    ...by_kind.map((of) => ({ group: 'profile' as const, of, choice: null })),
    ...by_hour.map((of) => ({ group: 'hour' as const, of, choice: null })),
  ];
}
