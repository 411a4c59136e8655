/* Proposals that follow the typing. An answer may come after that to a later question, or when something was accepted
   meanwhile: what is not about the words that stand now is no answer. */
import { look, type NatureGuess, type PlacesFound } from '../../wire/plans.ts';
import type { Point } from '../../wire/rows.ts';

/** Fewer letters than this propose nothing. */
const LETTERS_MIN = 3;
const NOWHERE: PlacesFound = { proposals: [], notices: [] };

const says = (text: string): boolean => text.trim().length >= LETTERS_MIN;

/** The places that these words may mean; null when no answer came, or other words stand in the field by then. */
export async function placesFor(text: string, near: Point | null, stands: () => string, ask = look.places): Promise<PlacesFound | null> {
  if (!says(text)) return NOWHERE;
  const answer = await ask(text, near);
  return answer.outcome === 'done' && text === stands() ? answer.value : null;
}

/** What these words point to; null when no answer came. */
export async function naturesFor(text: string, ask = look.natures): Promise<readonly NatureGuess[] | null> {
  if (!says(text)) return [];
  const answer = await ask(text);
  return answer.outcome === 'done' ? answer.value : null;
}

/** The first word of it that means danger. */
export const dangerIn = (guesses: readonly NatureGuess[]): string | undefined => guesses.find((guess) => guess.danger)?.matched[0];
