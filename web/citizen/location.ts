/* The page behind a location link: asks for the position once a person has said yes, and sends it while the call runs.
   No screen and no browser in here; what is shown is `view`. */

export interface Measured {
  readonly lat: number;
  readonly lon: number;
  readonly accuracy_m: number;
  /** When, in the browser's own milliseconds. */
  readonly at: number;
}

export type Trouble = 'blocked' | 'none';

export interface Shown {
  readonly state: 'open' | 'over';
  readonly city: string;
}

export interface Ports {
  /** Asks for, or says; null when nobody could be reached. */
  readonly ask: () => Promise<Shown | null>;
  readonly tell: (position: { point: { lat: number; lon: number }; accuracy_m: number; age_s: number }) => Promise<Shown | null>;
  /** Begins to measure; returns how to stop. */
  readonly watch: (found: (position: Measured) => void, failed: (trouble: Trouble) => void) => () => void;
  readonly now: () => number;
  readonly after: (ms: number, action: () => void) => () => void;
}

export interface View {
  readonly city: string;
  readonly stage: 'code' | 'asks' | 'searches' | 'sent' | 'offline' | 'over' | Trouble;
  readonly accuracy_m: number | null;
}

/** Sent so often at most, also when nothing moves: the desk sees that the position is still true. */
export const EVERY_MS = 10_000;
/** A position this much finer, as a part of the last radius, is sent at once. */
export const FINER = 0.7;
/** Tried again after this long without an answer. */
export const AGAIN_MS = 3_000;

export class LocationPage {
  view: View = { city: '', stage: 'asks', accuracy_m: null };
  readonly #ports: Ports;
  readonly #draw: (view: View) => void;
  #stop: (() => void) | null = null;
  #latest: Measured | null = null;
  #sent: { readonly accuracy_m: number; readonly at: number } | null = null;
  #is_sending = false;
  #timer: (() => void) | null = null;

  constructor(ports: Ports, draw: (view: View) => void) {
    this.#ports = ports;
    this.#draw = draw;
  }

  /** Opened without a link: the code that the desk read out has to be typed. */
  wantCode(): void {
    this.#show({ stage: 'code' });
  }

  /** What the link, or the code that was typed, is for. */
  async open(): Promise<void> {
    this.#show({ stage: 'asks' });
    const shown = await this.#ports.ask();
    if (shown) this.#heard(shown);
  }

  /** Somebody pressed the button: the browser asks for leave now, and not before. */
  start(): void {
    if (this.view.stage === 'over') return;
    this.#stop?.();
    this.#show({ stage: 'searches' });
    this.#stop = this.#ports.watch(
      (position) => this.#found(position),
      (trouble) => {
        if (this.#latest === null) this.#show({ stage: trouble });
      },
    );
  }

  #found(position: Measured): void {
    this.#latest = position;
    if (this.#isDue(position)) void this.#send();
    else this.#later(EVERY_MS);
  }

  #isDue(position: Measured): boolean {
    if (this.#sent === null) return true;
    return position.accuracy_m < FINER * this.#sent.accuracy_m || this.#ports.now() - this.#sent.at >= EVERY_MS;
  }

  async #send(): Promise<void> {
    const latest = this.#latest;
    if (latest === null || this.#is_sending || this.view.stage === 'over') return;
    this.#is_sending = true;
    const age_s = Math.min(86_400, Math.max(0, (this.#ports.now() - latest.at) / 1000));
    const shown = await this.#ports.tell({ point: { lat: latest.lat, lon: latest.lon }, accuracy_m: latest.accuracy_m, age_s });
    this.#is_sending = false;
    if (shown === null) {
      this.#show({ stage: 'offline' });
      this.#later(AGAIN_MS);
      return;
    }
    this.#sent = { accuracy_m: latest.accuracy_m, at: this.#ports.now() };
    this.#show({ stage: 'sent', accuracy_m: Math.round(latest.accuracy_m) });
    this.#heard(shown);
    this.#later(EVERY_MS);
  }

  #later(ms: number): void {
    this.#timer?.();
    this.#timer = this.view.stage === 'over' ? null : this.#ports.after(ms, () => void this.#send());
  }

  #heard(shown: Shown): void {
    this.#show({ city: shown.city });
    if (shown.state === 'open') return;
    this.#stop?.();
    this.#stop = null;
    this.#timer?.();
    this.#timer = null;
    this.#show({ stage: 'over' });
  }

  #show(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    this.#draw(this.view);
  }
}
