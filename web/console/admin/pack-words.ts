/* Values and places of a city pack in words, never in the signs that a file has them in. Pure: the names come along. */
import type { Value } from '../../wire/pack.ts';
import type { Text } from '../../wire/plans.ts';

export interface Names {
  readonly table: (name: string) => string;
  readonly field: (name: string) => string;
  readonly text: (text: Text) => string;
  readonly yes: string;
  readonly no: string;
}

const NOTHING = '–';
const isText = (value: object): value is Text => 'id' in value && 'en' in value && typeof value.id === 'string' && typeof value.en === 'string';
const isList = (value: object): value is readonly Value[] => Array.isArray(value);

/** What stands in a field: a list with commas, a row as *field: value*, a sentence in the page's language. */
export function valueWords(value: Value | undefined, names: Names): string {
  if (value === null || value === undefined || value === '') return NOTHING;
  if (typeof value === 'boolean') return value ? names.yes : names.no;
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return value.map((one) => valueWords(one, names)).join(value.some((one) => typeof one === 'object') ? '; ' : ', ') || NOTHING;
  if (isText(value)) return names.text(value);
  return Object.entries(value).map(([field, one]) => `${names.field(field)}: ${valueWords(one, names)}`).join(', ') || NOTHING;
}

/** Where it stands: `agencies[dinkes].short` is *Agencies · dinkes · Short name*. */
export function placeWords(path: string, names: Names): string {
  const steps = path.match(/\[[^\]]*\]|[^.[\]]+/g) ?? [];
  return steps.map((step, at) => (step.startsWith('[') ? step.slice(1, -1) : at === 0 ? names.table(step) : names.field(step))).join(' · ');
}
