/* Keeps this page's rows equal to the server's, over one WebSocket. No framework and no rule of the trade in here:
   frames come in, rows go to a sink, and the sink's "apply" is an assignment.

   A rows frame says which sequence number it follows. If that is above ours we have missed something, and if a heartbeat
   stays ahead of us for two seconds we have missed it silently; both lead to a new connection that resumes from our last
   number. The server answers with what is missing or, if that is too long ago, with a snapshot. */
import type { CityShown } from '../wire/map.ts';
import type { Arrival, Frame, Me, Position, Row, RowChange } from '../wire/types.ts';
import type { ServerClock } from './clock.ts';

/** Frames gather this long before they are applied together, so that lists sort once. */
export const BATCH_MS = 100;
/** Without any frame for this long the cable counts as pulled; the server sends at least one a second. */
export const SILENCE_MS = 5_000;
/** A heartbeat may be ahead of us this long, because its rows can still be under way. */
export const BEHIND_MS = 2_000;
export const BACKOFF_FIRST_MS = 250;
/** A room that waits longer than this after the link is back feels broken. */
export const BACKOFF_MOST_MS = 2_000;
/** Frames kept while the page is busy; beyond it they are applied at once. */
export const BATCH_MOST = 500;
/** After this many attempts that never opened, somebody should ask whether the session still stands. */
export const ATTEMPTS_BEFORE_ASKING = 3;

export type QueueOrder = Omit<Extract<Frame, { readonly k: 'queue' }>, 'k'>;
export type TypedLine = Omit<Extract<Frame, { readonly k: 'typing' }>, 'k'>;
type RowsFrame = Extract<Frame, { readonly k: 'rows' }>;

export type Link = 'connecting' | 'live' | 'lost';

/** Where rows go. `apply` gets whole rows and removals in order; `replace` gets everything there is. */
export interface Sink {
  replace(rows: readonly Row[], me: Me): void;
  apply(rows: readonly RowChange[]): void;
  positions(positions: readonly Position[]): void;
  link(link: Link): void;
  /** The switch asks this desk to offer its audio for the call again. */
  redo(call: string): void;
  /** The order in which waiting calls will be answered. */
  queue(queue: QueueOrder): void;
  /** A line that somebody is typing in a call. */
  typed(line: TypedLine): void;
  /** Which map is in use. */
  city_in_use(shown: CityShown): void;
  /** Units that seem to have arrived; the whole list. */
  arrived(arrivals: readonly Arrival[]): void;
  /** Why the server closes this connection. */
  bye(reason: string): void;
  /** The connection was never opened several times in a row: perhaps we are signed out. */
  unreachable(): void;
}

/** The part of WebSocket used here. */
export interface Socket {
  onmessage: ((event: { data: unknown }) => void) | null;
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  close(): void;
}

export interface Surroundings {
  readonly connect: (since: number | null) => Socket;
  readonly clock: ServerClock;
  readonly now: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly random: () => number;
}

/** What the health page shows about this connection. */
export interface SyncFigures {
  reconnects: number;
  gaps: number;
  malformed: number;
}

export class Sync {
  readonly figures: SyncFigures = { reconnects: 0, gaps: 0, malformed: 0 };
  readonly #sink: Sink;
  readonly #around: Surroundings;
  #socket: Socket | null = null;
  #seq: number | null = null;
  #buffer: RowsFrame[] = [];
  #backoff_ms = BACKOFF_FIRST_MS;
  #attempts = 0;
  #lastFrameAt = 0;
  #behind: { seq: number; since: number } | null = null;
  #link: Link = 'connecting';
  #cancelBatch: (() => void) | null = null;
  #cancelRetry: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;
  #stopped = true;

  constructor(sink: Sink, around: Surroundings) {
    this.#sink = sink;
    this.#around = around;
  }

  get seq(): number | null {
    return this.#seq;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#open();
    this.#watch();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelBatch?.();
    this.#cancelRetry?.();
    this.#cancelWatch?.();
    this.#cancelBatch = this.#cancelRetry = this.#cancelWatch = null;
    this.#drop();
  }

  /** The browser says the network is back: do not wait for the back-off. */
  online(): void {
    if (this.#stopped || this.#socket) return;
    this.#cancelRetry?.();
    this.#backoff_ms = BACKOFF_FIRST_MS;
    this.#open();
  }

  /** Applies what is waiting now. Call it when one's own command came back, so that its result is seen at once. */
  flush(): void {
    this.#cancelBatch?.();
    this.#cancelBatch = null;
    const frames = this.#buffer;
    this.#buffer = [];
    const rows: RowChange[] = [];
    for (const frame of frames) {
      if (!this.#follows(frame.seq, frame.previous)) return this.#finish(rows, 'gap');
      if (frame.seq > (this.#seq ?? -1)) {
        rows.push(...frame.rows);
        this.#seq = frame.seq;
      }
    }
    this.#finish(rows, 'whole');
  }

  #finish(rows: RowChange[], outcome: 'whole' | 'gap'): void {
    if (rows.length > 0) this.#sink.apply(rows);
    if (outcome === 'gap') this.#resync();
  }

  #follows(seq: number, previous: number): boolean {
    return this.#seq !== null && (previous <= this.#seq || seq <= this.#seq);
  }

  #open(): void {
    this.#cancelRetry = null;
    this.#attempts += 1;
    const socket = this.#around.connect(this.#seq);
    this.#socket = socket;
    this.#lastFrameAt = this.#around.now();
    this.#behind = null;
    socket.onopen = () => {
      this.#attempts = 0;
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => this.#closed(socket);
  }

  #receive(data: unknown): void {
    this.#lastFrameAt = this.#around.now();
    const frame = decode(data);
    if (frame === null) {
      this.figures.malformed += 1;
      this.#resync();
      return;
    }
    if ('at' in frame) this.#around.clock.take(frame.at);
    switch (frame.k) {
      case 'snapshot':
        this.#buffer = [];
        this.#seq = frame.seq;
        this.#sink.replace(frame.rows, frame.me);
        this.#live();
        return;
      case 'resume':
        this.#seq = Math.max(frame.seq, this.#seq ?? 0);
        if (frame.rows.length > 0) this.#sink.apply(frame.rows);
        this.#live();
        return;
      case 'rows':
        this.#gather(frame);
        return;
      case 'positions':
        if (frame.positions.length > 0) this.#sink.positions(frame.positions);
        this.#compare(frame.seq);
        return;
      case 'calls':
        this.#sink.apply(frame.rows);
        return;
      case 'redo':
        this.#sink.redo(frame.call);
        return;
      case 'queue':
        this.#sink.queue(frame);
        return;
      case 'typing':
        this.#sink.typed(frame);
        return;
      case 'city':
        this.#sink.city_in_use(frame.city);
        return;
      case 'arrived':
        this.#sink.arrived(frame.arrivals);
        return;
      case 'bye':
        this.#sink.bye(frame.reason);
        return;
    }
  }

  #gather(frame: RowsFrame): void {
    this.#buffer.push(frame);
    const urgent = frame.rows.some((row) => row.kind === 'call');
    if (urgent || this.#buffer.length >= BATCH_MOST) this.flush();
    else this.#cancelBatch ??= this.#around.after(BATCH_MS, () => this.flush());
  }

  /** A heartbeat carries the server's number: staying behind one for long means something was lost silently. */
  #compare(seq: number): void {
    const ours = Math.max(this.#seq ?? -1, this.#buffer.at(-1)?.seq ?? -1);
    if (this.#behind && ours >= this.#behind.seq) this.#behind = null;
    if (seq <= ours) return;
    this.#behind ??= { seq, since: this.#around.now() };
    if (this.#around.now() - this.#behind.since > BEHIND_MS) this.#resync();
  }

  #resync(): void {
    this.figures.gaps += 1;
    this.#drop();
    this.#backoff_ms = BACKOFF_FIRST_MS;
    if (!this.#stopped) this.#retry();
  }

  #live(): void {
    this.#backoff_ms = BACKOFF_FIRST_MS;
    this.#tell('live');
  }

  #closed(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.flush();
    if (socket !== this.#socket) return;
    this.#drop();
    if (this.#stopped) return;
    this.#tell('lost');
    if (this.#attempts >= ATTEMPTS_BEFORE_ASKING) this.#sink.unreachable();
    this.#retry();
  }

  #retry(): void {
    this.figures.reconnects += 1;
    const wait = this.#backoff_ms * (0.5 + this.#around.random() / 2);
    this.#backoff_ms = Math.min(BACKOFF_MOST_MS, this.#backoff_ms * 2);
    this.#cancelRetry?.();
    this.#cancelRetry = this.#around.after(wait, () => this.#open());
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#buffer = [];
    this.#cancelBatch?.();
    this.#cancelBatch = null;
    if (!socket) return;
    socket.onmessage = socket.onopen = socket.onclose = null;
    socket.close();
  }

  #watch(): void {
    this.#cancelWatch = this.#around.after(1_000, () => {
      const socket = this.#socket;
      if (socket && this.#around.now() - this.#lastFrameAt > SILENCE_MS) this.#closed(socket);
      this.#watch();
    });
  }

  #tell(link: Link): void {
    if (this.#link === link) return;
    this.#link = link;
    this.#sink.link(link);
  }
}

/** A frame, or null if the text is none. */
function decode(data: unknown): Frame | null {
  if (typeof data !== 'string') return null;
  try {
    const frame = JSON.parse(data) as Record<string, unknown> | null;
    return frame !== null && isFrame(frame) ? (frame as unknown as Frame) : null;
  } catch {
    return null;
  }
}

function isFrame(frame: Record<string, unknown>): boolean {
  const is_numbered = typeof frame['seq'] === 'number' && typeof frame['at'] === 'string';
  switch (frame['k']) {
    case 'snapshot':
    case 'resume':
      return is_numbered && Array.isArray(frame['rows']);
    case 'rows':
      return is_numbered && Array.isArray(frame['rows']) && typeof frame['previous'] === 'number';
    case 'positions':
      return is_numbered && Array.isArray(frame['positions']);
    case 'calls':
      return Array.isArray(frame['rows']);
    case 'redo':
      return typeof frame['call'] === 'string';
    case 'queue':
      return Array.isArray(frame['order']) && Array.isArray(frame['nuisance']) && Array.isArray(frame['repeat']);
    case 'typing':
      return typeof frame['call'] === 'string' && typeof frame['text'] === 'string' && typeof frame['by'] === 'string';
    case 'city':
      return typeof frame['city'] === 'object' && frame['city'] !== null;
    case 'arrived':
      return Array.isArray(frame['arrivals']);
    case 'bye':
      return typeof frame['reason'] === 'string';
    default:
      return false;
  }
}
