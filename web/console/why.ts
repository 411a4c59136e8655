/* Why, in words: what somebody typed, or the words for a key of ours. */
import { told } from '../ui/i18n.svelte.ts';
import { whyOf, type Sealed } from '../wire/rows.ts';

export function sayWhy(key: string | null, words: Sealed | null = null): string {
  const said = whyOf(key, words);
  const named = told(`why.${said}`);
  return named === `why.${said}` ? said : named;
}
