/* The server's clock, as this page knows it. All timers run on server time: a workstation three minutes wrong must not
   move an alarm. While the link is down the last known difference keeps counting. */

/** How far the workstation may differ before people are told, in seconds. */
export const WRONG_CLOCK_S = 2;

export class ServerClock {
  /** Server minus workstation, in milliseconds. */
  skew_ms = 0;
  readonly #local: () => number;
  #known = false;

  constructor(local: () => number = Date.now) {
    this.#local = local;
  }

  /** Takes the time written on a frame. The smallest delay seen is the nearest to the truth, so a frame that was held
   *  up moves the clock only slowly, while a frame that came faster moves it at once. */
  take(at: string): void {
    const server = Date.parse(at);
    if (Number.isNaN(server)) return;
    const skew = server - this.#local();
    const jumped = Math.abs(skew - this.skew_ms) > 5_000;
    if (!this.#known || skew > this.skew_ms || jumped) this.skew_ms = skew;
    else this.skew_ms += (skew - this.skew_ms) / 16;
    this.#known = true;
  }

  now(): number {
    return this.#local() + this.skew_ms;
  }

  get is_known(): boolean {
    return this.#known;
  }
}

/** Calls `tick` once now and then at every full second of the server's clock. Returns the end of it. */
export function everySecond(clock: ServerClock, tick: (now: number) => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const next = () => {
    const now = clock.now();
    tick(now);
    timer = setTimeout(next, 1000 - (((now % 1000) + 1000) % 1000) + 5);
  };
  next();
  return () => clearTimeout(timer);
}
