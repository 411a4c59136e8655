/* The words of this screen: a catalogue of their own, so that a desk that answers calls does not carry them. */
import { city } from '../../board/plans.svelte.ts';
import { words as page } from '../../ui/i18n.svelte.ts';
import type { Language } from '../../ui/format.ts';
import { later } from '../../ui/parts.svelte.ts';
import type id from '../../locales/atur/id.json';
import type { Value } from '../../wire/pack.ts';
import { placeWords, valueWords, type Names } from './pack-words.ts';
import { problemWords } from './problem-words.ts';

export type AdminKey = keyof typeof id;
type Catalogue = Readonly<Record<AdminKey, string>>;

const load: Readonly<Record<Language, () => Promise<{ default: Catalogue }>>> = {
  id: () => import('../../locales/atur/id.json'),
  en: () => import('../../locales/atur/en.json'),
};

class AdminWords {
  catalogue = $state.raw<Catalogue | null>(null);
  #language: Language | null = null;

  /** Loads the page's language; safe to call again when it changes. */
  async want(language: Language): Promise<void> {
    if (this.#language === language) return;
    this.#language = language;
    this.catalogue = (await later(load[language])).default;
  }
}

export const admin_words = new AdminWords();

$effect.root(() => {
  $effect(() => void admin_words.want(page.language));
});

/** The sentence of a key with its {parameters} filled in. */
export function say(key: AdminKey, params: Readonly<Record<string, string | number>> = {}): string {
  const template = admin_words.catalogue?.[key] ?? '';
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** The word for a name out of the pack (a table, a field); a name that nobody has words for is shown as it is. */
export function named(kind: 'table' | 'field' | 'process', name: string): string {
  return (admin_words.catalogue as Readonly<Record<string, string>> | null)?.[`${kind}.${name}`] ?? name;
}

/** The words for a key that is put together, and the name itself where nobody has words for it. */
export function worded(kind: 'kind' | 'fact' | 'noun' | 'read' | 'why' | 'by' | 'value_kind', name: string): string {
  return (admin_words.catalogue as Readonly<Record<string, string>> | null)?.[`${kind}.${name}`] ?? name;
}

const names: Names = {
  table: (name) => named('table', name),
  field: (name) => named('field', name),
  text: (text) => city.say(text),
  get yes() {
    return say('value.yes');
  },
  get no() {
    return say('value.no');
  },
};

/** What stands in a field of the pack, in words. */
export const valued = (value: Value | undefined): string => valueWords(value, names);
/** Where it stands, in words. */
export const placed = (path: string): string => placeWords(path, names);
/** What is wrong, in words. */
export const problem = (words: string): string => problemWords(words, { say, kind: (sort) => worded('value_kind', sort) });
