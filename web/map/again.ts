/* A map that cannot draw any more is built anew: the graphics card was reset, a driver started again. So often and no
   oftener, each time later; one that drew for a while has all tries again. */

/** How long after each loss the map is built anew, in milliseconds. */
export const AGAIN_MS: readonly number[] = [2_000, 15_000, 60_000];
/** Who drew for so long is well again, in milliseconds. */
export const WELL_MS = 600_000;

export class Again {
  #tries = 0;
  #lost_at = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #build: () => void;

  constructor(build: () => void) {
    this.#build = build;
  }

  /** It cannot draw from this time on (milliseconds); whether it will be tried again. */
  lost(at: number): boolean {
    if (at - this.#lost_at >= WELL_MS) this.#tries = 0;
    this.#lost_at = at;
    const wait = AGAIN_MS[this.#tries];
    if (wait === undefined) return false;
    this.#tries += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#build, wait);
    return true;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
