/* The answer of the import: what became of the rows, and what they say. */
import type { Estimate, Judgement, Within } from '../figures.ts';
import type { Mapping } from './mapping.ts';

export interface Row {
  readonly number: number;
  readonly value: string;
}
export interface Listed {
  readonly reason: string;
  readonly column: string;
  readonly count: number;
  readonly rows: readonly Row[];
}
export interface Check {
  readonly column: string;
  readonly start: string;
  readonly end: string;
  readonly compared: number;
  readonly agree: number;
  readonly differ: readonly Row[];
}
export interface ImportReport {
  readonly mapping: string;
  readonly rows: number;
  readonly kept: number;
  readonly dropped: readonly Listed[];
  readonly defects: readonly Listed[];
  readonly checks: readonly Check[];
  readonly precision_s: number;
  readonly missing_columns: readonly string[];
}
export interface Preview {
  readonly clocks: readonly string[];
  readonly labels: readonly string[];
  readonly rows: readonly {
    readonly number: number;
    readonly kept: boolean;
    readonly why: readonly { readonly reason: string; readonly column: string; readonly value: string }[];
    readonly at: readonly string[];
    readonly said: readonly string[];
  }[];
}
export interface Summary {
  readonly n: number;
  readonly all: number;
  readonly enough: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly p50: Estimate | null;
  readonly p90: Estimate | null;
  readonly p95: Estimate | null;
  readonly within: Within | null;
}
export interface LineAnswers {
  readonly line: string;
  readonly offered: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly rows: number;
  readonly unreadable: readonly number[];
  readonly unbalanced: readonly number[];
  readonly shares: readonly { readonly within_s: number; readonly of_answered: Estimate | null; readonly of_offered: Estimate | null }[];
}
export interface Understood {
  readonly mapping: Mapping;
  readonly toml: string;
  readonly report: ImportReport | null;
  readonly preview: Preview | null;
  readonly analysis: {
    readonly intervals: readonly { readonly interval: string; readonly per: string; readonly start: string; readonly end: string; readonly groups: readonly Summary[] }[];
    readonly standards: readonly Judgement[];
    readonly lines: readonly LineAnswers[];
  };
}

/** Rows of every reason, for a file that the other centre can look at; `more` says how many of how many there are where that
    is not all of them. */
export function rowsOf(report: ImportReport, more: (shown: number, of: number) => string): (string | number)[][] {
  return (['dropped', 'defects'] as const).flatMap((kind) =>
    report[kind].flatMap((one) => {
      const rows: (string | number)[][] = one.rows.map((row) => [row.number, kind, one.reason, one.column, row.value]);
      if (rows.length < one.count) rows.push(['', kind, one.reason, one.column, rows.length === 0 ? one.count : more(rows.length, one.count)]);
      return rows;
    }),
  );
}
