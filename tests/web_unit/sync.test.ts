/** The board on this side equals the server's, whatever the network does to the frames. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ServerClock } from '../../web/board/clock.ts';
import { BACKOFF_MOST_MS, BATCH_MS, BEHIND_MS, SILENCE_MS, Sync, type Link, type QueueOrder, type Sink, type Socket, type TypedLine } from '../../web/board/sync.ts';
import type { CityShown } from '../../web/wire/map.ts';
import type { Arrival, Me, Position, Row, RowChange } from '../../web/wire/types.ts';

const AT = '2026-11-14T07:05:33Z';
const me = { id: 'rina', name: 'Rina', roles: ['call_taker'], agency: null, desk: '3', unit: null } satisfies Me;

function row(kind: string, key: string, position = 1): Row {
  return { kind, key, position } as unknown as Row;
}

/** A desk with a hand-turned clock and sockets that the test holds. */
class Bench implements Sink {
  time = 0;
  sockets: (Socket & { since: number | null; closed: boolean })[] = [];
  rows = new Map<string, Row>();
  applied: string[][] = [];
  cities: string[] = [];
  links: Link[] = [];
  moved: readonly Position[] = [];
  asked = 0;
  lines: string[] = [];
  redone: string[] = [];
  orders: (readonly string[])[] = [];
  byes: string[] = [];
  arrived_lists: string[][] = [];
  #due: { at: number; run: () => void }[] = [];
  readonly sync = new Sync(this, {
    connect: (since) => {
      const socket = { since, closed: false, onmessage: null, onopen: null, onclose: null, close: () => (socket.closed = true) } as unknown as Bench['sockets'][number];
      this.sockets.push(socket);
      return socket;
    },
    clock: new ServerClock(() => Date.parse(AT)),
    now: () => this.time,
    after: (ms, run) => {
      const entry = { at: this.time + ms, run };
      this.#due.push(entry);
      return () => (this.#due = this.#due.filter((other) => other !== entry));
    },
    random: () => 1,
  });

  replace(rows: readonly Row[]): void {
    this.rows = new Map(rows.map((entry) => [`${entry.kind}/${entry.key}`, entry]));
  }
  apply(rows: readonly RowChange[]): void {
    this.applied.push(rows.map((entry) => entry.key));
    for (const entry of rows) {
      if ('gone' in entry) this.rows.delete(`${entry.kind}/${entry.key}`);
      else this.rows.set(`${entry.kind}/${entry.key}`, entry);
    }
  }
  positions(positions: readonly Position[]): void {
    this.moved = positions;
  }
  link(link: Link): void {
    this.links.push(link);
  }
  queue({ order }: QueueOrder): void {
    this.orders.push(order);
  }
  typed(line: TypedLine): void {
    this.lines.push(line.text);
  }
  redo(call: string): void {
    this.redone.push(call);
  }
  city_in_use({ version }: CityShown): void {
    this.cities.push(version);
  }
  arrived(arrivals: readonly Arrival[]): void {
    this.arrived_lists.push(arrivals.map((one) => one.unit));
  }
  bye(reason: string): void {
    this.byes.push(reason);
  }
  unreachable(): void {
    this.asked += 1;
  }

  get socket(): Bench['sockets'][number] {
    const socket = this.sockets.at(-1);
    assert.ok(socket);
    return socket;
  }
  get keys(): string[] {
    return [...this.rows.keys()].sort();
  }
  frame(frame: object): void {
    this.socket.onmessage?.({ data: JSON.stringify({ at: AT, ...frame }) });
  }
  snapshot(seq: number, ...rows: Row[]): void {
    this.frame({ k: 'snapshot', seq, me, rows });
  }
  wait(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.#due.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#due = this.#due.filter((entry) => entry !== next);
      this.time = next.at;
      next.run();
    }
    this.time = end;
  }
}

function live(seq = 10, ...rows: Row[]): Bench {
  const bench = new Bench();
  bench.sync.start();
  bench.socket.onopen?.();
  bench.snapshot(seq, ...rows);
  return bench;
}

describe('rows', () => {
  test('a snapshot replaces everything', () => {
    const bench = live(10, row('unit', 'AMB03'));
    bench.snapshot(20, row('unit', 'AMB07'));
    assert.deepEqual(bench.keys, ['unit/AMB07']);
    assert.equal(bench.sync.seq, 20);
  });

  test('frames gather 100 ms and are applied once, in order', () => {
    const bench = live();
    bench.frame({ k: 'rows', seq: 11, previous: 10, rows: [row('unit', 'A')] });
    bench.frame({ k: 'rows', seq: 12, previous: 11, rows: [row('unit', 'B'), row('unit', 'A')] });
    assert.deepEqual(bench.applied, []);
    bench.wait(BATCH_MS);
    assert.deepEqual(bench.applied, [['A', 'B', 'A']]);
    assert.equal(bench.sync.seq, 12);
  });

  test('a call does not wait, and takes along what came before it', () => {
    const bench = live();
    bench.frame({ k: 'rows', seq: 11, previous: 10, rows: [row('unit', 'A')] });
    bench.frame({ k: 'rows', seq: 12, previous: 11, rows: [row('call', 'c1')] });
    assert.deepEqual(bench.applied, [['A', 'c1']]);
  });

  test('a removal removes, and an empty frame only moves the number', () => {
    const bench = live(10, row('unit', 'A'), row('unit', 'B'));
    bench.frame({ k: 'rows', seq: 11, previous: 10, rows: [{ kind: 'unit', key: 'A', gone: true }] });
    bench.frame({ k: 'rows', seq: 12, previous: 11, rows: [] });
    bench.wait(BATCH_MS);
    assert.deepEqual(bench.keys, ['unit/B']);
    assert.equal(bench.sync.seq, 12);
  });

  test('a frame that came twice is applied once', () => {
    const bench = live();
    const frame = { k: 'rows', seq: 11, previous: 10, rows: [row('unit', 'A')] };
    bench.frame(frame);
    bench.wait(BATCH_MS);
    bench.frame(frame);
    bench.wait(BATCH_MS);
    assert.deepEqual(bench.applied, [['A']]);
  });

  test('previous below ours is no gap: numbers of rows one may not see were skipped', () => {
    const bench = live(10);
    bench.frame({ k: 'rows', seq: 15, previous: 8, rows: [row('unit', 'A')] });
    bench.wait(BATCH_MS);
    assert.equal(bench.sync.seq, 15);
    assert.equal(bench.sockets.length, 1);
  });
});

describe('gaps', () => {
  test('a missed frame leads to a new connection from our last number, and nothing half is shown', () => {
    const bench = live(10);
    bench.frame({ k: 'rows', seq: 11, previous: 10, rows: [row('unit', 'A')] });
    bench.frame({ k: 'rows', seq: 14, previous: 13, rows: [row('unit', 'B')] });
    bench.wait(BATCH_MS);
    assert.deepEqual(bench.keys, ['unit/A']);
    assert.ok(bench.sockets[0]?.closed);
    bench.wait(1000);
    assert.equal(bench.socket.since, 11);
    bench.socket.onopen?.();
    bench.frame({ k: 'resume', seq: 14, rows: [row('unit', 'X'), row('unit', 'B')] });
    assert.deepEqual(bench.keys, ['unit/A', 'unit/B', 'unit/X']);
    assert.equal(bench.sync.figures.gaps, 1);
  });

  test('a heartbeat that stays ahead for more than two seconds tells of a silent loss', () => {
    const bench = live(10);
    bench.frame({ k: 'positions', seq: 12, positions: [] });
    bench.wait(1000);
    bench.frame({ k: 'positions', seq: 12, positions: [] });
    assert.equal(bench.sockets[0]?.closed, false);
    bench.wait(BEHIND_MS - 900);
    bench.frame({ k: 'positions', seq: 12, positions: [] });
    assert.ok(bench.sockets[0]?.closed);
  });

  test('a heartbeat ahead of rows that then arrive is no loss', () => {
    const bench = live(10);
    for (let second = 0; second < 6; second += 1) {
      bench.frame({ k: 'positions', seq: 11 + second, positions: [['AMB03', -7, 110.4, null, 1]] });
      bench.frame({ k: 'rows', seq: 11 + second, previous: 10 + second, rows: [] });
      bench.wait(1000);
    }
    assert.equal(bench.sockets.length, 1);
    assert.equal(bench.moved.length, 1);
  });

  test('rubbish on the line is counted and resynchronised, never thrown', () => {
    const bench = live(10);
    bench.socket.onmessage?.({ data: '{"k":"rows"' });
    assert.equal(bench.sync.figures.malformed, 1);
    bench.wait(1000);
    assert.equal(bench.socket.since, 10);
  });
});

describe('the link', () => {
  test('a cut is told at once, and retries never wait longer than two seconds', () => {
    const bench = live(10);
    bench.socket.onclose?.();
    assert.deepEqual(bench.links, ['live', 'lost']);
    const opened: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const before = bench.sockets.length;
      const from = bench.time;
      while (bench.sockets.length === before) bench.wait(10);
      opened.push(bench.time - from);
      bench.socket.onclose?.();
    }
    assert.deepEqual(opened, [250, 500, 1000, BACKOFF_MOST_MS, BACKOFF_MOST_MS, BACKOFF_MOST_MS]);
    assert.ok(bench.asked > 0, 'after several attempts somebody must ask whether the session stands');
  });

  test('a pulled cable is noticed by silence', () => {
    const bench = live(10);
    bench.wait(SILENCE_MS + 1100);
    assert.equal(bench.links.at(-1), 'lost');
    assert.ok(bench.sockets[0]?.closed);
  });

  test('"online" does not wait for the back-off', () => {
    const bench = live(10);
    bench.socket.onclose?.();
    bench.sync.online();
    assert.equal(bench.sockets.length, 2);
    bench.socket.onopen?.();
    bench.frame({ k: 'resume', seq: 10, rows: [] });
    assert.equal(bench.links.at(-1), 'live');
  });

  test('the switch may ask for audio again and tell the order of the queue, and the server says why it closes', () => {
    const bench = live(10);
    bench.socket.onmessage?.({ data: '{"k":"redo","call":"c1"}' });
    bench.socket.onmessage?.({ data: '{"k":"queue","order":["b","a"],"nuisance":[],"repeat":[]}' });
    bench.socket.onmessage?.({ data: '{"k":"city","city":{"state":"ready","version":"two","label":"","is_synthetic":false}}' });
    assert.deepEqual(bench.cities, ['two']);
    bench.socket.onmessage?.({ data: '{"k":"typing","call":"c1","by":"caller","text":"tol","name":""}' });
    assert.deepEqual(bench.lines, ['tol']);
    bench.socket.onmessage?.({ data: '{"k":"arrived","arrivals":[{"unit":"AMB01"}]}' });
    assert.deepEqual(bench.arrived_lists, [['AMB01']]);
    bench.socket.onmessage?.({ data: '{"k":"bye","reason":"session_ended"}' });
    assert.deepEqual([bench.redone, bench.orders, bench.byes], [['c1'], [['b', 'a']], ['session_ended']]);
  });

  test('after stop nothing connects any more', () => {
    const bench = live(10);
    bench.sync.stop();
    bench.wait(60_000);
    assert.equal(bench.sockets.length, 1);
  });
});
