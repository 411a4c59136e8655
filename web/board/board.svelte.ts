/* What this page knows of the centre: rows by kind, positions, the link, the person signed in. Filled by the sync,
   read by the screens, changed by nobody else. */
import { untrack } from 'svelte';
import type { CityShown } from '../wire/map.ts';
import type { Kind, Row } from '../wire/rows.ts';
import type { Arrival, Me, Position, RowChange, Session } from '../wire/types.ts';
import { serverClock } from './clock.svelte.ts';
import { Sync, type Link, type QueueOrder, type TypedLine, type Sink, type Socket } from './sync.ts';
import { Positions, Table } from './table.svelte.ts';

class Board implements Sink {
  readonly call = new Table<'call'>();
  readonly report = new Table<'report'>();
  readonly incident = new Table<'incident'>();
  readonly unit = new Table<'unit'>();
  readonly engagement = new Table<'engagement'>();
  readonly agency = new Table<'agency'>();
  readonly desk = new Table<'desk'>();
  readonly closure = new Table<'closure'>();
  readonly alias = new Table<'alias'>();
  readonly change = new Table<'change'>();
  readonly alarm = new Table<'alarm'>();
  readonly pack = new Table<'pack'>();
  readonly hospital = new Table<'hospital'>();
  readonly where = new Positions();

  me = $state.raw<Me | null>(null);
  session = $state.raw<Session | null>(null);
  status = $state<Link>('connecting');
  /** Since when the data is frozen, in server time; null while live. */
  frozen_at = $state<number | null>(null);
  /** How many rows the last reconnection brought, and when; null before the first loss. */
  caught_up = $state.raw<{ rows: number; at: number } | null>(null);
  is_filled = $state(false);
  /** Who waits in which order, and what is known of their numbers, as the switch said last. */
  waiting = $state.raw<QueueOrder>({ order: [], nuisance: [], repeat: [] });
  /** Unfinished lines of calls this person takes part in, by call and side. */
  typing = $state.raw<Readonly<Record<string, TypedLine>>>({});
  /** The map in use, as the server said last; null before it did. */
  map = $state.raw<CityShown | null>(null);
  /** Units that seem to have arrived, by their positions; empty again with every new connection. */
  arrivals = $state.raw<readonly Arrival[]>([]);
  on_signed_out: () => void = () => undefined;
  /** The switch asks for this desk's audio again; the desk's telephone listens. */
  on_redo: (call: string) => void = () => undefined;
  #returning = false;

  table<K extends Kind>(kind: K): Table<K> {
    return this[kind] as unknown as Table<K>;
  }

  /** The city as people call it: Semarang, not Kota Semarang. */
  get city(): string {
    return (this.session?.city.name ?? '').replace(/^(Kota|Kabupaten|Kab\.) /, '');
  }

  get is_live(): boolean {
    return this.status === 'live';
  }

  replace(rows: readonly Row[], me: Me): void {
    this.me = me;
    for (const table of this.#tables()) table.clear();
    this.where.clear();
    this.typing = {};
    this.#put(rows);
    this.is_filled = true;
  }

  apply(rows: readonly RowChange[]): void {
    if (this.status !== 'live' && this.frozen_at !== null) this.caught_up = { rows: rows.length, at: serverClock.now() };
    this.#put(rows);
  }

  positions(positions: readonly Position[]): void {
    this.where.take(positions, serverClock.now());
  }

  link(link: Link): void {
    if (link === 'lost') this.arrivals = [];
    if (link === 'lost') this.frozen_at ??= serverClock.now();
    if (link === 'live' && this.frozen_at !== null) {
      this.caught_up ??= { rows: 0, at: serverClock.now() };
      this.frozen_at = null;
    }
    if (link === 'lost') this.caught_up = null;
    this.status = link;
  }

  redo(call: string): void {
    this.on_redo(call);
  }

  queue(waiting: QueueOrder): void {
    this.waiting = waiting;
  }

  typing_of(call: string, by: TypedLine['by']): TypedLine | undefined {
    return this.typing[`${call}/${by}`];
  }

  typed(line: TypedLine): void {
    const others = Object.entries(this.typing).filter(([, one]) => one.call === line.call && one.by !== line.by);
    this.typing = Object.fromEntries([...others, [`${line.call}/${line.by}`, line]]);
  }

  city_in_use(shown: CityShown): void {
    this.map = shown;
  }

  arrived(arrivals: readonly Arrival[]): void {
    this.arrivals = arrivals;
  }

  /** The step at which that unit seems to have arrived on that incident. */
  arrival_of(unit: string, incident: string): Arrival | undefined {
    return this.arrivals.find((one) => one.unit === unit && one.incident === incident);
  }

  bye(reason: string): void {
    if (reason === 'session_ended') this.on_signed_out();
  }

  unreachable(): void {
    if (this.#returning) return;
    this.#returning = true;
    void fetch('/api/session', { credentials: 'same-origin' })
      .then((response) => {
        if (response.status === 401) this.on_signed_out();
      })
      .catch(() => undefined)
      .finally(() => {
        this.#returning = false;
      });
  }

  /** Every field that is a table. */
  #tables(): Table<Kind>[] {
    return Object.values(this).filter((one) => one instanceof Table);
  }

  #put(rows: readonly RowChange[]): void {
    untrack(() => {
      for (const row of rows) {
        const table = this.table(row.kind) as Table<Kind> | undefined;
        if (!table) continue; // a newer server may know more kinds than this page
        if ('gone' in row && row.gone === true) table.remove(row.key);
        else table.put(row as Row);
      }
      for (const table of this.#tables()) table.commit();
    });
  }
}

export const board = new Board();

let line = '/ws';

function connect(since: number | null): Socket {
  const address = new URL(line, location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  if (since !== null) address.searchParams.set('since', String(since));
  return new WebSocket(address) as unknown as Socket;
}

export const sync = new Sync(board, {
  connect,
  clock: serverClock,
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
});

/** Takes what the server said about the session: who is here, and what time it is there. */
export function enter(session: Session): void {
  board.session = session;
  board.me = session.agent;
  serverClock.take(session.at);
}

/** Connects this page to the server; call once, when signed in. A desk's window says in `at` which one it is. */
export function follow(onSignedOut: () => void, at = line): void {
  line = at;
  board.on_signed_out = onSignedOut;
  window.addEventListener('online', () => sync.online());
  sync.start();
}
