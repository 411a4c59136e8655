/* What the crew did while the network may be away: kept on the device in the order of the taps, sent in that order, and
   never dropped silently. An item leaves the queue only when the server took it or refused it for good; what was
   refused stays visible until a person has read it. A crew in danger waits behind nothing, not even behind a shelf that
   cannot be written. Free of the browser: the shelf and the sending come in. */
import type { AnyCommand } from '../wire/commands.ts';
import type { Refusal } from '../wire/types.ts';

/** Taps kept at most. A crew makes some ten an hour; more than this is a fault, told in words. */
export const OUTBOX_MOST = 500;

export interface Tap {
  /** The command's id: sent twice it leads to one event. */
  readonly id: string;
  readonly command: AnyCommand;
  /** When it was tapped: the server's clock as this device knew it, to show (ISO 8601). */
  readonly tapped_at: string;
  /** The same by the device: wall clock, and the page's own clock, which no setting of the wall clock moves. */
  readonly device: DeviceTime;
  /** Whose tap it is: another person signed in on this device does neither see nor send it. */
  readonly agent: string;
  readonly order: number;
}

/** Milliseconds. `page` names the page whose monotonic clock `ticks` counts. */
export interface DeviceTime {
  readonly wall: number;
  readonly page: number;
  readonly ticks: number;
}

/** How long ago it was, in seconds: by the page's clock while it is the same page, after a reload by the wall clock. */
export function ageOf(then: DeviceTime, now: DeviceTime): number {
  const passed = then.page === now.page ? now.ticks - then.ticks : now.wall - then.wall;
  return Math.max(0, passed) / 1000;
}

export interface RefusedTap extends Tap {
  readonly refusal: Refusal;
}

/** Where taps are kept; survives a reload. */
export interface Shelf {
  load(): Promise<{ waiting: Tap[]; refused: RefusedTap[] }>;
  put(tap: Tap): Promise<void>;
  remove(id: string): Promise<void>;
  refuse(tap: RefusedTap): Promise<void>;
  forget(id: string): Promise<void>;
}

export type Sent =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'away' }
  | { readonly outcome: 'signed_out' }
  | { readonly outcome: 'refused'; readonly refusal: Refusal };

/** What never waits behind another tap. Its id makes it harmless to send it twice. */
function isUrgent({ command }: Pick<Tap, 'command'>): boolean {
  return command.type === 'unit.raise_emergency';
}

export type Send = (tap: Tap) => Promise<Sent>;

export interface OutboxView {
  readonly waiting: readonly Tap[];
  readonly refused: readonly RefusedTap[];
  readonly needs_sign_in: boolean;
  /** Whether it is known whose taps these are. */
  readonly is_open: boolean;
  /** The last tap could not be kept: a full or broken shelf, or nobody known yet. The person must tap again. */
  readonly is_lost: boolean;
}

export class Outbox {
  readonly #shelf: Shelf;
  readonly #send: Send;
  readonly #changed: (view: OutboxView) => void;
  #waiting: Tap[] = [];
  #refused: RefusedTap[] = [];
  #agent: string | null = null;
  #needs_sign_in = false;
  #is_lost = false;
  /** The newest step, wherever it was tapped, until all was answered: its double says nothing new. */
  #step = '';
  #sending: Promise<void> | null = null;
  #order = 0;

  constructor(shelf: Shelf, send: Send, changed: (view: OutboxView) => void) {
    this.#shelf = shelf;
    this.#send = send;
    this.#changed = changed;
  }

  /** Reads what an earlier page left of this person, and sends it. What others left stays on the shelf, for them alone. */
  async open(agent: string): Promise<void> {
    const { waiting, refused } = await this.#shelf.load();
    this.#agent = agent;
    this.#needs_sign_in = false;
    const is_own = (tap: Tap): boolean => tap.agent === agent;
    this.#waiting = waiting.filter(is_own).sort((a, b) => a.order - b.order);
    this.#refused = refused.filter(is_own);
    this.#order = Math.max(0, ...waiting.map((tap) => tap.order));
    this.#tell();
    await this.flush();
  }

  /** Keeps a tap and tries to send. Resolves when it is safely kept, not when it is sent; false where it could not be kept. */
  async add(tap: Omit<Tap, 'order' | 'agent'>): Promise<boolean> {
    if (isUrgent(tap)) return this.#addUrgent(tap);
    const step = tap.command.type === 'assignment.progress' ? JSON.stringify({ ...tap.command, fix: undefined }) : '';
    if (step && step === this.#step) return true;
    this.#step = step;
    const kept = this.#waiting.length < OUTBOX_MOST && (await this.#keep(tap));
    if (!kept) this.#step = '';
    this.#is_lost = !kept;
    this.#tell();
    if (kept) void this.flush();
    return kept;
  }

  /** Sends what waits, in order, until the network is away. One run at a time. */
  flush(): Promise<void> {
    this.#sending ??= this.#run().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  /** A person has read why it was refused. */
  async read(id: string): Promise<void> {
    await this.#shelf.forget(id);
    this.#refused = this.#refused.filter((tap) => tap.id !== id);
    this.#tell();
  }

  get view(): OutboxView {
    return {
      waiting: [...this.#waiting],
      refused: this.#refused,
      needs_sign_in: this.#needs_sign_in,
      is_open: this.#agent !== null,
      is_lost: this.#is_lost,
    };
  }

  async #keep(tap: Omit<Tap, 'order' | 'agent'>): Promise<boolean> {
    if (this.#agent === null) return false;
    this.#order += 1;
    const kept: Tap = { ...tap, agent: this.#agent, order: this.#order };
    try {
      await this.#shelf.put(kept);
    } catch {
      return false; // no room, or a browser that keeps nothing
    }
    this.#waiting.push(kept);
    return true;
  }

  /** Sent at once, beside whatever is being sent, and again until it was answered, kept or not. */
  async #addUrgent(tap: Omit<Tap, 'order' | 'agent'>): Promise<boolean> {
    if (this.#agent === null) return false;
    const one: Tap = { ...tap, agent: this.#agent, order: (this.#order += 1) };
    this.#waiting = [one, ...this.#waiting];
    this.#tell();
    void this.#shelf.put(one).catch(() => undefined);
    await this.#try(one);
    return true;
  }

  async #run(): Promise<void> {
    for (const tap of this.#waiting.filter(isUrgent)) await this.#try(tap);
    for (let tap = this.#next(); tap; tap = this.#next()) {
      if (!(await this.#try(tap))) return;
    }
  }

  #next(): Tap | undefined {
    return this.#waiting.find((tap) => !isUrgent(tap));
  }

  /** Whether the server answered it. */
  async #try(tap: Tap): Promise<boolean> {
    const sent = await this.#send(tap);
    if (sent.outcome === 'away') return false;
    if (sent.outcome === 'signed_out') {
      this.#needs_sign_in = true;
      this.#tell();
      return false;
    }
    await this.#settle(tap, sent);
    return true;
  }

  async #settle(tap: Tap, sent: Extract<Sent, { outcome: 'done' | 'refused' }>): Promise<void> {
    if (!this.#waiting.some(({ id }) => id === tap.id)) return; // an urgent one, answered twice
    this.#waiting = this.#waiting.filter((entry) => entry.id !== tap.id);
    if (!this.#waiting[0]) this.#step = '';
    if (sent.outcome === 'refused') {
      const refused: RefusedTap = { ...tap, refusal: sent.refusal };
      this.#refused = [...this.#refused, refused];
      await this.#shelf.refuse(refused).catch(() => undefined);
    }
    /* Where the shelf cannot be written, the tap is sent again after a reload: its id lets it lead to one event. */
    await this.#shelf.remove(tap.id).catch(() => undefined);
    this.#needs_sign_in = false;
    this.#tell();
  }

  #tell(): void {
    this.#changed(this.view);
  }
}
