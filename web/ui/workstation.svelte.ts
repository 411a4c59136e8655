/* What this workstation remembers: theme, language, brightness, row height, single-letter keys, devices. Kept in the
   browser, never personal data. */
import type { Language } from './format.ts';

const STORE = 'kentongan.workstation';

export type Theme = 'gelap' | 'terang';

interface Kept {
  theme: Theme;
  language: Language;
  /** 0.6 to 1: one brightness slider, nothing else. */
  brightness: number;
  compact: boolean;
  single_letters: boolean;
  microphone: string;
  speaker: string;
  /** What whoever sits here can do, and the languages they speak: calls are offered by it. */
  skills: readonly string[];
  languages: readonly string[];
}

const DEFAULTS: Kept = {
  theme: 'gelap',
  language: 'id',
  brightness: 1,
  compact: false,
  single_letters: true,
  microphone: '',
  speaker: '',
  skills: [],
  languages: ['id'],
};

function read(): Kept {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORE) ?? '{}');
    const theme = document.documentElement.dataset['theme'] === 'terang' ? 'terang' : 'gelap'; // chosen before the first paint
    return { ...DEFAULTS, ...(kept !== null && typeof kept === 'object' ? kept : {}), theme };
  } catch {
    return { ...DEFAULTS };
  }
}

class Workstation {
  #kept = $state<Kept>(read());

  #keep<F extends keyof Kept>(field: F, value: Kept[F]): void {
    this.#kept[field] = value;
    localStorage.setItem(STORE, JSON.stringify(this.#kept));
  }

  get theme(): Theme {
    return this.#kept.theme;
  }
  set theme(theme: Theme) {
    this.#keep('theme', theme);
    document.documentElement.dataset['theme'] = theme;
  }
  get language(): Language {
    return this.#kept.language;
  }
  set language(language: Language) {
    this.#keep('language', language);
  }
  get brightness(): number {
    return this.#kept.brightness;
  }
  set brightness(brightness: number) {
    this.#keep('brightness', Math.min(1, Math.max(0.6, brightness)));
  }
  get compact(): boolean {
    return this.#kept.compact;
  }
  set compact(compact: boolean) {
    this.#keep('compact', compact);
  }
  get single_letters(): boolean {
    return this.#kept.single_letters;
  }
  set single_letters(on: boolean) {
    this.#keep('single_letters', on);
  }
  get microphone(): string {
    return this.#kept.microphone;
  }
  set microphone(device: string) {
    this.#keep('microphone', device);
  }
  get skills(): readonly string[] {
    return this.#kept.skills;
  }
  set skills(skills: readonly string[]) {
    this.#keep('skills', skills);
  }
  get languages(): readonly string[] {
    return this.#kept.languages;
  }
  set languages(languages: readonly string[]) {
    this.#keep('languages', languages);
  }
  get speaker(): string {
    return this.#kept.speaker;
  }
  set speaker(device: string) {
    this.#keep('speaker', device);
  }
}

export const workstation = new Workstation();
