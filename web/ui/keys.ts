/* Keys: names, chords and the registry, free of any framework.

   A name is what is printed on a keycap: F2, Shift+F7, Ctrl+Enter, Alt+1, N, ?, Shift+S. A chord is two names with a
   space: "F9 1". Single characters work only while no text field has the focus, and can be switched off. The browser's
   own keys (Ctrl+N, Ctrl+T, Ctrl+W, Ctrl+Tab, Alt+F4, F5, F11, F12) are refused at registration. */
import type { Key } from './words.ts';

/** A started chord waits this long for its second key. */
export const CHORD_MS = 4_000;
/** Keys pressed while a screen is on its way are kept so long for it, and so many. */
export const KEPT_MS = 3_000;
export const KEPT_MOST = 8;

const RESERVED = new Set(['Ctrl+N', 'Ctrl+T', 'Ctrl+W', 'Ctrl+Tab', 'Alt+F4', 'F5', 'F11', 'F12']);

export type Where = 'everywhere' | 'calls' | 'fleet' | 'agency' | 'crew' | 'watch' | 'evaluation' | 'admin';

export interface Binding {
  /** For example "F2", "Ctrl+Enter", "F9 1". */
  readonly keys: string;
  /** What it does, for the help overlay. */
  readonly label: Key;
  readonly where: Where;
  /** Absent means always. A binding that is off lets the next one with the same keys have its turn. */
  readonly when?: () => boolean;
  readonly run: () => void;
  /** Works in text fields although it is a single character (Y, T and ? of a guide card are not such). */
  readonly in_fields?: boolean;
  /** Works while a dialog is open: it changes nothing that is written behind it. Answering a call, taking an alarm and muting are of no screen: nobody waits for a dialog. */
  readonly over_dialog?: boolean;
}

/** A line of the help overlay. */
export interface Listed {
  readonly binding: Binding;
  readonly works: boolean;
}

/** The part of a KeyboardEvent that names a key. */
export interface Pressed {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly metaKey: boolean;
}

/** The name of a pressed key, or "" for a modifier alone. */
export function nameOf(event: Pressed): string {
  const { key } = event;
  if (key === 'Control' || key === 'Shift' || key === 'Alt' || key === 'Meta' || key === 'Dead') return '';
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  let base = key === ' ' ? 'Space' : key;
  if (modified && /^(Key|Digit|Numpad)\w$/.test(event.code)) base = event.code.replace(/^(Key|Digit|Numpad)/, '');
  if (base.length === 1) base = base.toUpperCase();
  const is_letter = /^[A-Z]$/.test(base);
  const shifted = event.shiftKey && (modified || is_letter || base.length > 1);
  const modifiers = [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', shifted ? 'Shift' : ''];
  return [...modifiers.filter(Boolean), base].join('+');
}

/** Whether a key types a character: such keys belong to a text field that has the focus. */
export function typesCharacter(name: string): boolean {
  return /^(Shift\+)?.$/u.test(name) || name === 'Space';
}

/** Keys a text field or a list box needs for itself, modifiers or not. */
const FIELD_KEYS = new Set(['Enter', 'Tab', 'Shift+Tab', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'Backspace', 'Delete', 'Ctrl+Z']);

function belongsToField(name: string): boolean {
  return typesCharacter(name) || FIELD_KEYS.has(name);
}

/** Never kept for a screen: moving the focus, and what the browser itself does at once. */
const NOT_KEPT = /^(Tab|Shift\+Tab|Ctrl\+[ACFPRVX])$/;

/** `kept`: nothing here answers it, the screen that is on its way may. `behind`: ours, but a dialog lies over what it acts on. */
export type Outcome = 'ran' | 'started' | 'cancelled' | 'kept' | 'behind' | 'none';

export class Keys {
  #bindings: Binding[] = [];
  #prefix: { name: string; until: number } | null = null;
  #coming: { where: Where; until: number; kept: string[] } | null = null;
  readonly #now: () => number;
  single_letters = true;
  /** A modal dialog is open: no key acts on what nobody sees (`Binding.over_dialog`). */
  in_dialog = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Adds bindings; the newest of equal keys wins while it is on. Returns their removal. */
  add(bindings: readonly Binding[]): () => void {
    for (const { keys } of bindings) {
      const names = keys.split(' ');
      if (names.length > 2 || names.some((name) => name === '')) throw new Error(`no such keys: "${keys}"`);
      if (names.some((name) => RESERVED.has(name))) throw new Error(`${keys} belongs to the browser`);
    }
    this.#bindings = [...bindings, ...this.#bindings];
    const coming = this.#coming;
    if (coming && bindings.some(({ where }) => where === coming.where)) {
      this.#coming = null;
      /* When all that comes with the screen listens, too. */
      if (this.#now() < coming.until) queueMicrotask(() => coming.kept.forEach((name) => this.press(name, false)));
    }
    return () => {
      this.#bindings = this.#bindings.filter((binding) => !bindings.includes(binding));
    };
  }

  /** All that is on the screen, for the help overlay, one line for each keys and what they do; whether it works now. */
  listed(): Listed[] {
    const found = new Map<string, Listed>();
    for (const binding of this.#bindings) {
      const { keys, where, label, when } = binding;
      const line = `${where} ${keys} ${label}`;
      const works = (when?.() ?? true) && (this.single_letters || !typesCharacter(keys) || keys === '?');
      if (works || !found.has(line)) found.set(line, { binding, works });
    }
    return [...found.values()];
  }

  /** The started chord that waits for its second key, or null. */
  get started(): string | null {
    return this.#prefix && this.#now() < this.#prefix.until ? this.#prefix.name : null;
  }

  /** That screen is on its way: until it adds its keys, those that nothing answers are kept for it, in their order. What was
   *  kept for another one is forgotten: it must not act on this one. */
  expect(where: Where): void {
    this.#coming = { where, until: this.#now() + KEPT_MS, kept: [] };
  }

  /** Acts on a pressed key. `in_field`: a text field has the focus. */
  press(name: string, in_field: boolean): Outcome {
    if (name === '') return 'none';
    const outcome = this.#act(name, in_field);
    if (this.in_dialog && outcome === 'none') return !belongsToField(name) && this.#bindings.some(({ keys }) => `${keys} `.startsWith(`${name} `)) ? 'behind' : 'none';
    const coming = this.#coming;
    if (outcome !== 'none' || coming === null || this.#now() >= coming.until || coming.kept.length >= KEPT_MOST) return outcome;
    if (RESERVED.has(name) || NOT_KEPT.test(name) || (in_field && belongsToField(name))) return outcome;
    coming.kept.push(name);
    return 'kept';
  }

  #act(name: string, in_field: boolean): Outcome {
    const started = this.started;
    this.#prefix = null;
    if (started !== null) {
      const chord = this.#find(`${started} ${name}`, in_field, true);
      if (chord) {
        chord.run();
        return 'ran';
      }
      if (name === 'Escape') return 'cancelled';
    }
    const exact = this.#find(name, in_field, false);
    if (exact) {
      exact.run();
      return 'ran';
    }
    const begins = this.#bindings.some(
      (binding) => binding.keys.startsWith(`${name} `) && this.#works(binding, name, in_field),
    );
    if (!begins) return 'none';
    this.#prefix = { name, until: this.#now() + CHORD_MS };
    return 'started';
  }

  #find(keys: string, in_field: boolean, is_chord: boolean): Binding | undefined {
    return this.#bindings.find((binding) => binding.keys === keys && (is_chord ? this.#reaches(binding) : this.#works(binding, keys, in_field)) && (binding.when?.() ?? true));
  }

  #reaches(binding: Binding): boolean {
    return !this.in_dialog || binding.over_dialog === true;
  }

  #works(binding: Binding, name: string, in_field: boolean): boolean {
    if (!this.#reaches(binding) || (binding.when && !binding.when())) return false;
    if (in_field && !binding.in_fields && belongsToField(name)) return false;
    return this.single_letters || !typesCharacter(name) || name === '?';
  }
}
