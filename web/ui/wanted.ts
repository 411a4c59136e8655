/* Whoever wants something that has to be fetched gets it as soon as it is here: a failure is told and waits for `again`,
   it is never thrown. */

export class Wanted {
  #waiting: (() => void)[] = [];
  readonly #told: (missing: number) => void;

  /** `told` hears how many are wanted that could not be fetched, whenever that changes. */
  constructor(told: (missing: number) => void) {
    this.#told = told;
  }

  async get<T>(load: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await load();
      } catch {
        await new Promise<void>((resume) => this.#told(this.#waiting.push(resume)));
      }
    }
  }

  /** Fetches what is missing once more. */
  again(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#told(0);
    for (const resume of waiting) resume();
  }
}
