/* The words of this screen: a catalogue of their own, so that a desk that answers calls does not carry them. */
import { words as page } from '../../ui/i18n.svelte.ts';
import type { Language } from '../../ui/format.ts';
import { later } from '../../ui/parts.svelte.ts';
import type id from '../../locales/evaluasi/id.json';

export type EvaluationKey = keyof typeof id;
type Catalogue = Readonly<Record<EvaluationKey, string>>;

const load: Readonly<Record<Language, () => Promise<{ default: Catalogue }>>> = {
  id: () => import('../../locales/evaluasi/id.json'),
  en: () => import('../../locales/evaluasi/en.json'),
};

class EvaluationWords {
  catalogue = $state.raw<Catalogue | null>(null);
  #language: Language | null = null;

  /** Loads the page's language; safe to call again when it changes. */
  async want(language: Language): Promise<void> {
    if (this.#language === language) return;
    this.#language = language;
    this.catalogue = (await later(load[language])).default;
  }
}

export const evaluation_words = new EvaluationWords();

$effect.root(() => {
  $effect(() => void evaluation_words.want(page.language));
});

/** The sentence of a key with its {parameters} filled in. */
export function say(key: EvaluationKey, params: Readonly<Record<string, string | number>> = {}): string {
  return filled(evaluation_words.catalogue?.[key] ?? '', params);
}

/** The word for a name out of the answer (a cause, a clock, a rule); one that nobody has words for is shown as it is. */
export function named(kind: 'cause' | 'of' | 'given' | 'clock' | 'interval' | 'quality' | 'ratio' | 'rule' | 'verdict' | 'statistic' | 'status' | 'excluded' | 'source' | 'finding' | 'note' | 'per' | 'day' | 'label' | 'form' | 'judged' | 'defect' | 'direction' | 'criterion' | 'tried' | 'tried_state' | 'choice' | 'profile', name: string | number, params: Readonly<Record<string, string | number>> = {}): string {
  const words = evaluation_words.catalogue as Readonly<Record<string, string>> | null;
  return filled(words?.[`${kind}.${name}`] ?? String(name), params);
}

function filled(template: string, params: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
