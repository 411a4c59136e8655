/* Whether sound arrives. The centre sends all the while, silence too, so a stop means that its process is gone, or the
   network. A browser itself notices after seconds; this page asks the centre at once, which knows. */

/** Between two looks. */
export const LOOK_MS = 100;
/** Looks in a row without a new packet: longer than any pause of a network that works. */
export const LOOKS = 3;

export class Stall {
  readonly #heard: () => number | null;
  readonly #after: (ms: number, action: () => void) => () => void;
  readonly #stalled: () => void;
  #last: number | null = null;
  #looks = 0;
  #stop: (() => void) | null = null;

  /** `heard` names the last packet that was played, null for none; `stalled` is called once for each stop. */
  constructor(heard: () => number | null, after: (ms: number, action: () => void) => () => void, stalled: () => void) {
    this.#heard = heard;
    this.#after = after;
    this.#stalled = stalled;
  }

  /** Look, or look no longer. */
  watch(is_wanted: boolean): void {
    if (is_wanted === (this.#stop !== null)) return;
    this.#stop?.();
    this.#stop = null;
    this.#last = null;
    if (is_wanted) this.#look();
  }

  #look(): void {
    this.#stop = this.#after(LOOK_MS, () => this.#look());
    const heard = this.#heard();
    if (heard !== this.#last || heard === null) {
      this.#last = heard;
      this.#looks = 0;
      return;
    }
    this.#looks += 1;
    if (this.#looks === LOOKS) this.#stalled();
  }
}
