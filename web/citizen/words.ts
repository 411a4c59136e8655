/* The words of this page in its three languages. All of them are in the page: who changes the language on a bad network
   must not wait for it. */
import en from '../locales/warga/en.json';
import id from '../locales/warga/id.json';
import jv from '../locales/warga/jv.json';
import type { Language } from './view.ts';

export type Key = keyof typeof id;

const CATALOGUES: Readonly<Record<Language, Readonly<Record<Key, string>>>> = { id, jv, en };

export const LANGUAGES = ['id', 'jv', 'en'] as const;

export function isLanguage(word: string | null | undefined): word is Language {
  return word === 'id' || word === 'jv' || word === 'en';
}

/** The sentence of a key with its {parameters} filled in; a key that nobody knows is shown as it is. */
export function say(language: Language, key: string, params: Readonly<Record<string, string | number>> = {}): string {
  const template = CATALOGUES[language][key as Key] ?? key;
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
