/* The catalogues and how a key becomes a sentence. A key missing from en.json fails the type check, because
   `Catalogue` is made from id.json. Indonesian has no plural; English may add `<key>_one`, used when {n} is 1. */
import type { Language } from './format.ts';
import id from '../locales/id.json' with { type: 'json' };

export type Key = keyof typeof id;
export type Catalogue = Readonly<Record<Key, string>> & Readonly<Partial<Record<`${Key}_one`, string>>>;
export type Params = Readonly<Record<string, string | number>>;

export const indonesian: Catalogue = id;

const load: Readonly<Record<Language, () => Promise<Catalogue>>> = {
  id: async () => indonesian,
  en: async () => (await import('../locales/en.json', { with: { type: 'json' } })).default,
};

export function catalogue(language: Language): Promise<Catalogue> {
  return load[language]();
}

/** The sentence of a key with its {parameters} filled in. A parameter that was not given stays visible. */
export function sentence(words: Catalogue, key: Key, params: Params = {}): string {
  const template = (params['n'] === 1 ? words[`${key}_one`] : undefined) ?? words[key];
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** Whether a word that came from outside, such as a refusal's reason, is a key of the catalogue. */
export function isKey(word: string): word is Key {
  return Object.hasOwn(indonesian, word);
}
