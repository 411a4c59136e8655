/* What this desk has in hand: the interview on screen. It outlives the screen, so that a look at Armada in mid-call loses
   neither the words nor the call that has just ended. */
import type { Interview } from './interview.svelte.ts';

class Work {
  /** The call in hand, and after its end until it is finished. */
  interview = $state.raw<Interview | null>(null);
}

export const work = new Work();
