/* Which sub-categories to offer while a category is typed: what the words point to first, then codes and names that
   begin with the text. A list to choose from, not a decision. */
import type { Nature, NatureGuess } from '../../wire/plans.ts';

/** More than this nobody reads. */
const OFFERED_MAX = 8;

export function closest(natures: readonly Nature[], text: string, guesses: readonly NatureGuess[]): readonly Nature[] {
  const wanted = text.trim().toLowerCase();
  const by_code = new Map(natures.map((nature) => [nature.code, nature] as const));
  const guessed = guesses.flatMap((guess) => by_code.get(guess.code) ?? []);
  if (wanted === '') return guessed.slice(0, OFFERED_MAX);
  const matching = natures.filter((nature) =>
    [nature.code, nature.name.id, nature.name.en].some((name) => name.toLowerCase().includes(wanted) || wanted.startsWith(name.toLowerCase())),
  );
  return [...new Set([...matching.filter((nature) => nature.code.toLowerCase().startsWith(wanted)), ...guessed, ...matching])].slice(0, OFFERED_MAX);
}
