/* The catalogues and how a key becomes a sentence. A key missing from en.json fails the type check, because
   `Catalogue` is made from id.json. Indonesian has no plural; English may add `<key>_one`, used when {n} is 1. */
import type { Language } from './format.ts';
import type id from '../locales/id.json';

export type Key = keyof typeof id;
export type Catalogue = Readonly<Record<Key, string>> & Readonly<Partial<Record<`${Key}_one`, string>>>;
export type Params = Readonly<Record<string, string | number>>;

const load: Readonly<Record<Language, () => Promise<{ default: Catalogue }>>> = {
  id: () => import('../locales/id.json'),
  en: () => import('../locales/en.json'),
};

/** The words of a language; each is a file of its own, so that a page carries only the one it speaks. */
export async function catalogue(language: Language): Promise<Catalogue> {
  return (await load[language]()).default;
}

/** The sentence of a key with its {parameters} filled in. A parameter that was not given stays visible. */
export function sentence(words: Catalogue, key: Key, params: Params = {}): string {
  const template = (params['n'] === 1 ? words[`${key}_one`] : undefined) ?? words[key] ?? key;
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** Whether a word that came from outside, such as a refusal's reason, is a key of the catalogue. */
export function isKey(words: Catalogue, word: string): word is Key {
  return Object.hasOwn(words, word);
}
