/* What is wrong with an imported file, in the page's language: the server's own sentences, known by their shape. One that
   nobody has words for comes as the server said it, which is English. Pure: the words come along. */
import type { AdminKey } from './words.svelte.ts';

export interface Names {
  readonly say: (key: AdminKey, params?: Readonly<Record<string, string | number>>) => string;
  /** What sort of value stands somewhere, as the reader calls it: *a whole number*. */
  readonly kind: (sort: string) => string;
}

const SHAPES: readonly (readonly [RegExp, AdminKey])[] = [
  [/^is no file of a city pack$/, 'problem.no_file'],
  [/^does not begin like an export/, 'problem.bundle'],
  [/^aliases /, 'problem.aliases'],
  [/^not YAML: (?<detail>.*)$/, 'problem.yaml'],
  [/^nested deeper than (?<n>\d+)$/, 'problem.deep'],
  [/^more than (?<n>\d+) values$/, 'problem.many'],
  [/^larger than (?<n>\d+) bytes$/, 'problem.large'],
  [/^is not UTF-8 text$/, 'problem.utf8'],
  [/^the file is missing$/, 'problem.file_missing'],
  [/^the file is empty$/, 'problem.file_empty'],
  [/^cannot be read$/, 'problem.file_unread'],
  [/^unknown field$/, 'problem.unknown_field'],
  [/^missing$/, 'problem.missing'],
  [/^is empty$/, 'problem.empty'],
  [/^given twice$/, 'problem.twice'],
  [/^a field's name must be a word$/, 'problem.field_word'],
  [/^is already there$/, 'problem.there_already'],
  [/^is not there$/, 'problem.not_there'],
  [/^must be above 0$/, 'problem.above_0'],
  [/^'(?<value>.*)' is not one of (?<choices>.*)$/, 'problem.choice'],
  [/^must be (?<wanted>[^,]+), is '?(?<found>.*?)'?$/, 'problem.kind'],
];

export function problemWords(words: string, names: Names): string {
  for (const [shape, key] of SHAPES) {
    const found = shape.exec(words);
    if (!found) continue;
    const { wanted, found: is, ...rest } = found.groups ?? {};
    return names.say(key, wanted === undefined ? rest : { wanted: names.kind(wanted), found: names.kind(is ?? '') });
  }
  return words;
}
