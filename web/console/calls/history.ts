/* Earlier calls of a number: asked until somebody answers. Until then nothing is said: "first call" is a fact, too. */
import type { Answer } from '../../wire/api.ts';

/** What the server did not answer is asked again after this, in milliseconds. */
const AGAIN_MS = 3_000;
const rest = (): Promise<void> => new Promise((resume) => setTimeout(resume, AGAIN_MS));

/** The answer, or null when it is refused or wanted no more. */
export async function untilKnown<T>(ask: () => Promise<Answer<T>>, is_wanted: () => boolean, between = rest): Promise<T | null> {
  for (; is_wanted(); await between()) {
    const answer = await ask();
    if (answer.outcome === 'done') return is_wanted() ? answer.value : null;
    if (answer.outcome !== 'away') return null;
  }
  return null;
}
