/* The language of this page, as state: `t('frame.queue')` in a template follows a change of language. */
import { date, duration, number, phone, time, zoneName, type Language } from './format.ts';
import { catalogue, isKey, sentence, type Catalogue, type Key, type Params } from './words.ts';
import type { Refusal } from '../wire/types.ts';
import { workstation } from './workstation.svelte.ts';

class Words {
  language = $state<Language>('id');
  zone = $state('Asia/Jakarta');
  catalogue = $state.raw<Catalogue>({} as Catalogue);

  /** Loads a language and speaks it. Every page awaits this once before it shows anything. */
  async use(language: Language): Promise<void> {
    this.catalogue = await catalogue(language);
    this.language = language;
    workstation.language = language;
    document.documentElement.lang = language;
  }
}

export const words = new Words();

export function t(key: Key, params?: Params): string {
  return sentence(words.catalogue, key, params);
}

/** A sentence for a key that came from the server; a key nobody knows is shown as it is rather than hidden. */
export function told(key: string, params?: Params): string {
  return isKey(words.catalogue, key) ? t(key, params) : key;
}

/** A refusal in words: ours where the catalogue has its own sentence, else the server's, else the bare key. */
export function toldRefusal({ reason, message, details }: Refusal): string {
  if (isKey(words.catalogue, `refused.${reason}`)) return told(`refused.${reason}`, details);
  return message?.[words.language] ?? told(reason, details);
}

export const show = {
  duration,
  phone,
  time: (at: Date | number | string, seconds = true): string => time(at, words.language, words.zone, seconds),
  clock: (at: Date | number | string): string => `${time(at, words.language, words.zone)} ${zoneName(words.zone)}`,
  date: (at: Date | number | string): string => date(at, words.language, words.zone),
  number: (value: number, digits = 0): string => number(value, words.language, digits),
};
