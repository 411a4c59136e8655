/* The city pack as somebody edits it: its tables, a trial of a change, versions. Changing it is commands (`pack.propose` …). */
import { ask, type Answer } from './api.ts';
import type { Remark, Text } from './plans.ts';
import type { ProtocolChanged, ProtocolNamed } from './rows.ts';

export type ColumnKind = 'text' | 'whole' | 'number' | 'yes_no' | 'choice' | 'choices' | 'words' | 'list' | 'yaml';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly required: boolean;
  readonly choices: readonly string[];
  readonly default: boolean | number | string | null;
}

export interface PackTable {
  readonly file: string;
  readonly name: string;
  readonly key: string;
  readonly columns: readonly Column[];
  readonly inside: string;
  readonly is_single: boolean;
}

export type Value = string | number | boolean | null | readonly Value[] | { readonly [field: string]: Value };
export type RowValues = Readonly<Record<string, Value>>;

/** A row with its place; fields without a simple form stand in `yaml`. */
export interface PackRowShown {
  readonly path: string;
  readonly row: RowValues;
  readonly yaml: Readonly<Record<string, string>>;
  /** The same fields as values, of protocols alone: they are read before they are signed. */
  readonly plain?: Readonly<Record<string, unknown>>;
}

export interface RowEdit extends Omit<PackRowShown, 'row' | 'plain'> {
  readonly file: string;
  /** Null takes the row away. */
  readonly row: RowValues | null;
  readonly is_new: boolean;
  /** The version in which its author saw the row: what somebody else made of it since is not overwritten unseen. */
  readonly seen: number;
}

/** Somebody else changed the row since its author saw it. */
export interface Conflict {
  readonly file: string;
  readonly path: string;
  readonly now: PackRowShown | null;
  readonly version: number;
  readonly by: string;
  readonly reason: string;
}

export interface PackProblem {
  readonly file: string;
  readonly line: number;
  readonly field: string;
  readonly words: string;
}

export interface Change {
  readonly file: string;
  readonly path: string;
  readonly before: Value;
  readonly after: Value;
}

export interface Weakening extends Change {
  readonly rule: string;
  readonly why: Text;
}

export interface Touched {
  readonly kind: 'unit' | 'incident' | 'agency';
  readonly key: string;
  readonly label: string;
  readonly path: string;
}

/** What would be; `files` are what `pack.propose` takes. */
export interface Trial {
  readonly base: number;
  /** With these nothing was tried yet. */
  readonly conflicts: readonly Conflict[];
  readonly problems: readonly PackProblem[];
  readonly changes: readonly Change[];
  /** Changes that are not among these. */
  readonly changes_more: number;
  readonly weakens: readonly Weakening[];
  readonly protocols: readonly ProtocolChanged[];
  readonly restart: readonly string[];
  readonly touched: readonly Touched[];
  readonly touched_more: number;
  readonly files: Readonly<Record<string, string>>;
}

export interface Safeguard {
  readonly key: string;
  readonly file: string;
  readonly path: string;
  readonly weaker: string;
  readonly why: Text;
}

export interface ProtocolStanding extends ProtocolNamed {
  readonly name: Text;
  readonly authority: readonly Remark[];
  readonly signed_by: string | null;
}

export interface PackShown {
  readonly active: number;
  readonly tables: readonly PackTable[];
  readonly safeguards: readonly Safeguard[];
  readonly protocols: readonly ProtocolStanding[];
  readonly problems: readonly PackProblem[];
}

export interface Tried {
  readonly base: number;
  readonly edits?: readonly RowEdit[];
  readonly files?: Readonly<Record<string, string>>;
  readonly bundle?: string;
}

export const pack_wire = {
  shown: (): Promise<Answer<PackShown>> => ask('GET', '/api/pack'),
  rows: (table: PackTable, version: number): Promise<Answer<{ version: number; rows: readonly PackRowShown[] }>> =>
    ask('GET', `/api/pack/tables/${table.file}/${table.name}?version=${version}`),
  trial: (tried: Tried): Promise<Answer<Trial>> => ask('POST', '/api/pack/trial', tried),
  changes: (number: number): Promise<Answer<Trial>> => ask('GET', `/api/pack/versions/${number}/changes`),
  export_url: (number: number): string => `/api/pack/versions/${number}/export`,
};
