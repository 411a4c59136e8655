/* What another centre's columns mean, as the wizard's form holds it. Pure; the server checks it and writes the TOML. */

export interface ClockColumn {
  readonly column: string | readonly string[];
  readonly form: string;
  readonly date: string | readonly string[];
  readonly of: string;
}
export interface Drop {
  readonly column: string;
  readonly values: readonly string[];
  readonly reason: string;
}
/** As the server has it; fields that the form does not know go back as they came. */
export interface Mapping {
  readonly id: string;
  readonly name: string;
  readonly row: string;
  readonly timezone: string;
  readonly delimiter: string;
  readonly formats: readonly string[];
  readonly key: string | readonly string[];
  readonly clocks: Readonly<Record<string, ClockColumn>>;
  readonly labels: Readonly<Record<string, string | readonly string[]>>;
  readonly drop: readonly Drop[];
  readonly place?: { readonly lat: readonly string[]; readonly lon: readonly string[]; readonly both: readonly string[] };
  readonly lines: readonly unknown[];
}
export interface Fit {
  readonly id: string;
  readonly name: string;
  readonly share: number;
  readonly mapping: Mapping;
}
export interface Looked {
  readonly columns: readonly { readonly name: string; readonly samples: readonly string[] }[];
  readonly presets: readonly Fit[];
  readonly recognised: string;
  readonly guess: Mapping;
  readonly clocks: readonly string[];
  readonly labels: readonly string[];
  readonly forms: readonly string[];
}

/** What of a place a column has: degrees north, degrees east, or both. */
export const PARTS = ['lat', 'lon', 'both'] as const;

/** `` (nothing), `key`, `date:departed`, `clock:departed`, `label:agency` or `place:lat`. */
export type Meaning = string;

/** A column's name as it is compared: the server does the same. */
export const plain = (name: string): string => name.replaceAll('_', ' ').toLowerCase().split(/\s+/).filter(Boolean).join(' ');

const names = (given: string | readonly string[]): readonly string[] => (typeof given === 'string' ? (given === '' ? [] : [given]) : given);
const has = (given: string | readonly string[], column: string): boolean => names(given).some((one) => plain(one) === plain(column));
const without = (given: string | readonly string[], column: string): readonly string[] => names(given).filter((one) => plain(one) !== plain(column));

export function meaningOf(mapping: Mapping, column: string): Meaning {
  for (const [clock, one] of Object.entries(mapping.clocks)) if (has(one.column, column)) return `clock:${clock}`;
  for (const [label, one] of Object.entries(mapping.labels)) if (has(one, column)) return `label:${label}`;
  for (const part of PARTS) if (has(mapping.place?.[part] ?? [], column)) return `place:${part}`;
  return has(mapping.key, column) ? 'key' : '';
}

/** The same with that column meaning this, and no other column meaning it. */
export function withMeaning(mapping: Mapping, column: string, meaning: Meaning): Mapping {
  const clocks: Record<string, ClockColumn> = {};
  for (const [clock, one] of Object.entries(mapping.clocks)) {
    const left = without(one.column, column);
    if (left.length > 0) clocks[clock] = { ...one, column: left };
  }
  const labels: Record<string, string | readonly string[]> = {};
  for (const [label, one] of Object.entries(mapping.labels)) {
    const left = without(one, column);
    if (left.length > 0) labels[label] = left;
  }
  const [kind = '', name = ''] = meaning.split(':');
  if (kind === 'clock') clocks[name] = { ...(mapping.clocks[name] ?? { form: 'stamp', date: [], of: '' }), column };
  if (kind === 'label') labels[name] = column;
  const part = (one: (typeof PARTS)[number]): readonly string[] => [...(kind === 'place' && name === one ? [column] : without(mapping.place?.[one] ?? [], column))];
  const place = { lat: part('lat'), lon: part('lon'), both: part('both') };
  return { ...mapping, clocks, labels, place, key: kind === 'key' ? column : without(mapping.key, column) };
}

export function withForm(mapping: Mapping, clock: string, change: Partial<Pick<ClockColumn, 'form' | 'date' | 'of'>>): Mapping {
  const one = mapping.clocks[clock];
  return one === undefined ? mapping : { ...mapping, clocks: { ...mapping.clocks, [clock]: { ...one, ...change } } };
}

/** The clock that a column is, or undefined. */
export function clockOf(mapping: Mapping, column: string): [string, ClockColumn] | undefined {
  return Object.entries(mapping.clocks).find(([, one]) => has(one.column, column));
}

/** The first of the names, for a field that shows one. */
export const first = (given: string | readonly string[]): string => names(given)[0] ?? '';

/** What stands in a field of words with commas. */
export const listed = (text: string): string[] => text.split(',').map((one) => one.trim()).filter((one) => one !== '');
