/* Whether this page holds a paper pack that it can print without asking anybody, and how old that one is. Small, because
   the strip asks it from the first second on; `console/keep-paper.ts` fills it. */

class Paper {
  /** When the pack was fetched, on the server's clock; null while there is none. */
  at = $state<number | null>(null);
  print = $state<(() => void) | null>(null);
}

export const paper = new Paper();
