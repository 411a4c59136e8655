/* The page behind a follow link: asks how far help is, again and again, and says what changed since it said something else.
   No screen and no browser in here; what is shown is `view`. */

export type Help = 'ambulance' | 'fire' | 'rescue' | 'police' | 'team';
export type FollowState = 'over' | 'received' | 'prepared' | 'driving' | 'arrived' | 'closed';

export interface Shown {
  readonly state: FollowState;
  readonly city: string;
  /** The server's clock: this device's may be wrong. */
  readonly at: string;
  readonly code?: string;
  readonly help?: readonly Help[];
  readonly depart_by?: string;
  readonly departed_at?: string;
  readonly arrive_from?: string;
  readonly arrive_to?: string;
  /** The range that was promised first, when another one counts now. */
  readonly was_from?: string;
  readonly was_to?: string;
  readonly arrived_at?: string;
  readonly is_changed?: boolean;
  readonly is_late?: boolean;
  readonly outcome?: string;
  readonly way?: number;
  readonly came?: boolean;
  /** An exercise: nobody real is on the way. */
  readonly training?: boolean;
}

export interface Range {
  readonly from: string;
  readonly to: string;
}

export interface Ports {
  /** Null when nobody could be reached, `wait` when too many ask from here. */
  readonly ask: () => Promise<Shown | 'wait' | null>;
  readonly answer: (came: boolean) => Promise<Shown | 'wait' | null>;
  readonly after: (ms: number, action: () => void) => () => void;
}

export interface View {
  readonly stage: 'code' | 'asks' | 'shown' | 'offline' | 'over' | 'wait';
  readonly shown: Shown | null;
  /** The range that was said before the one that is said now. */
  readonly before: Range | null;
  readonly asks_came: boolean;
}

/** The vehicle's share of the way changes once in so long. */
export const EVERY_MS = 10_000;
/** After the result nothing changes but the reporter's own answer. */
export const RESULT_EVERY_MS = 60_000;
export const AGAIN_MS = 4_000;

export class FollowPage {
  view: View = { stage: 'asks', shown: null, before: null, asks_came: false };
  readonly #ports: Ports;
  readonly #draw: (view: View) => void;
  #timer: (() => void) | null = null;

  constructor(ports: Ports, draw: (view: View) => void) {
    this.#ports = ports;
    this.#draw = draw;
  }

  /** Opened without a link: its code has to be typed. */
  wantCode(): void {
    this.#show({ stage: 'code' });
  }

  async open(): Promise<void> {
    this.#timer?.();
    this.#timer = null;
    this.#heard(await this.#ports.ask());
  }

  async answer(came: boolean): Promise<void> {
    this.#heard(await this.#ports.answer(came));
  }

  #heard(shown: Shown | 'wait' | null): void {
    if (shown === null || shown === 'wait') {
      /* What was known stays on the page; it says that it is not fresh. */
      this.#show({ stage: shown === null ? 'offline' : 'wait' });
      this.#later(shown === null ? AGAIN_MS : RESULT_EVERY_MS);
      return;
    }
    if (shown.state === 'over') {
      this.#show({ stage: 'over', shown, asks_came: false });
      return;
    }
    this.#show({ stage: 'shown', shown, before: this.#before(shown), asks_came: shown.state === 'arrived' || shown.state === 'closed' });
    this.#later(shown.state === 'closed' ? RESULT_EVERY_MS : EVERY_MS);
  }

  /** A range that is another one than before is never said as if it had always been so. */
  #before(shown: Shown): Range | null {
    const old = rangeOf(this.view.shown);
    const now = rangeOf(shown);
    if (now === null) return null;
    if (old !== null && (old.from !== now.from || old.to !== now.to)) return old;
    return this.view.before ?? (shown.was_from !== undefined && shown.was_to !== undefined ? { from: shown.was_from, to: shown.was_to } : null);
  }

  #later(ms: number): void {
    this.#timer?.();
    this.#timer = this.#ports.after(ms, () => void this.open());
  }

  #show(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    this.#draw(this.view);
  }
}

export function rangeOf(shown: Shown | null): Range | null {
  return shown?.arrive_from !== undefined && shown.arrive_to !== undefined ? { from: shown.arrive_from, to: shown.arrive_to } : null;
}
