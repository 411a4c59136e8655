/** A citizen's call: it rings before anything else, whatever fails is tried again, a repeat never makes a second call,
 *  and nothing that the person should know is kept from the screen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGAIN_MS, CitizenCall, END_TRIES, HURRIED_MS, HURRY_MS, LATE_MS, POLL_MS, REFUSED_AGAIN_MS, UNHEARD_MS, UNSENT_MOST } from '../../web/citizen/call.ts';
import { Stall } from '../../web/citizen/stall.ts';
import { keepIn, WAITED_MS, type Shelf } from '../../web/citizen/keeping.ts';
import type { Answer, Place, Ring, Server, Shown } from '../../web/citizen/server.ts';
import { follow, hints, mustTelephone, saying, START, type View } from '../../web/citizen/view.ts';

const HERE: Place = { point: { lat: -6.99, lon: 110.42 }, accuracy_m: 18 };
const AWAY: Answer<never> = { outcome: 'away' };

function done<T>(value: T): Answer<T> {
  return { outcome: 'done', value };
}

function refused(reason: string): Answer<never> {
  return { outcome: 'refused', status: 409, reason };
}

function shown(state: string, more: Partial<Shown> = {}): Shown {
  return { state, position: null, is_connected: false, is_heard: true, must_offer: false, prompt: null, lines: [], count: 0, ...more };
}

class MemoryShelf implements Shelf {
  kept = new Map<string, string>();
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
}

/** A page with a hand-turned clock and a centre that answers what the test says. */
class Bench {
  time = 1_000_000;
  asked: string[] = [];
  rings: Ring[] = [];
  places: Place[] = [];
  sounds: string[] = [];
  found: (place: Place | null) => void = () => undefined;
  ring: () => Answer<Shown> | Promise<Answer<Shown>> = () => done(shown('queued', { position: 2 }));
  state: (since: number) => Answer<Shown> = () => done(shown('queued', { position: 2 }));
  text: (text: string) => Answer<Shown> = () => done(shown('queued'));
  end: () => Answer<unknown> = () => done({});
  place: () => Answer<unknown> = () => done({});
  #due: { at: number; run: () => void }[] = [];
  #digits = 0;
  readonly shelf: MemoryShelf;
  readonly call: CitizenCall;

  constructor(shelf = new MemoryShelf(), time?: number) {
    this.shelf = shelf;
    this.time = time ?? this.time;
    const note = (what: string) => async (): Promise<void> => void this.sounds.push(what);
    const server: Server = {
      page: async () => done({ number: '112', city: 'Semarang', training: false, ice: [{ urls: 'turn:relay' }] }),
      ring: async (asked) => (this.asked.push('ring'), this.rings.push(asked), this.ring()),
      media: async () => (this.asked.push('media'), done({ sdp: 'answer' })),
      place: async (_call, _key, place) => (this.asked.push('place'), this.places.push(place), this.place()),
      text: async (_call, _key, text) => (this.asked.push(`text ${text}`), this.text(text)),
      state: async (_call, _key, since) => (this.asked.push('state'), this.state(since)),
      end: async () => (this.asked.push('end'), this.end()),
    };
    const sound = {
      ask: note('ask'),
      connect: async (ice: readonly RTCIceServer[]): Promise<void> => void this.sounds.push(`connect ${ice.length}`),
      again: note('again'),
      mute: (is_muted: boolean) => void this.sounds.push(`mute ${is_muted}`),
      hush: (is_hushed: boolean) => void this.sounds.push(`hush ${is_hushed}`),
      close: () => void this.sounds.push('close'),
    };
    const after = (ms: number, run: () => void): (() => void) => {
      const entry = { at: this.time + ms, run };
      this.#due.push(entry);
      return () => void (this.#due = this.#due.filter((one) => one !== entry));
    };
    const locate = (found: (place: Place | null) => void): (() => void) => {
      this.found = found;
      return () => (this.found = () => undefined);
    };
    const token = (digits: number): string => String((this.#digits += 1)).padStart(digits, '0');
    this.call = new CitizenCall({ server, keep: keepIn(() => shelf), sound, locate, now: () => this.time, after, token }, () => undefined);
  }

  get view(): View {
    return this.call.view;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await this.settle();
    for (;;) {
      const next = this.#due.filter((entry) => entry.at <= end).sort((one, other) => one.at - other.at)[0];
      if (!next) break;
      this.#due = this.#due.filter((entry) => entry !== next);
      this.time = next.at;
      next.run();
      await this.settle();
    }
    this.time = end;
  }

  async rung(only_types = false): Promise<this> {
    this.call.start({ only_types, language: 'jv', number: '0812' });
    await this.settle();
    return this;
  }
}

test('it rings at once: neither microphone nor position nor relays are waited for', async () => {
  const bench = await new Bench().rung();
  assert.deepEqual(bench.asked[0], 'ring');
  assert.deepEqual(bench.sounds, ['ask', 'connect 1']);
  const [ring] = bench.rings;
  assert.match(ring?.call ?? '', /^web-[0-9a-f]{32}$/);
  assert.match(ring?.key ?? '', /^[0-9a-f]{64}$/);
  assert.deepEqual([ring?.language, ring?.number, ring?.only_types, ring?.place], ['jv', '0812', false, null]);
  assert.deepEqual([saying(bench.view), bench.view.position], ['say.queue', 2]);
});

test('a ring whose answer got lost is the same call again', async () => {
  const bench = new Bench();
  bench.ring = () => AWAY;
  await bench.rung();
  assert.equal(mustTelephone(bench.view), true);
  bench.ring = () => done(shown('offered'));
  await bench.pass(AGAIN_MS);
  assert.equal(new Set(bench.rings.map((ring) => ring.call)).size, 1);
  assert.equal(bench.rings.length, 2);
  assert.deepEqual([saying(bench.view), mustTelephone(bench.view)], ['say.ringing', false]);
});

test('full lines send to the telephone at once, and it is tried again more slowly', async () => {
  const bench = new Bench();
  bench.ring = () => refused('lines_full');
  await bench.rung(true);
  assert.deepEqual([bench.view.trouble, mustTelephone(bench.view)], ['full', true]);
  await bench.pass(REFUSED_AGAIN_MS - 1);
  assert.equal(bench.rings.length, 1);
  await bench.pass(1);
  assert.equal(bench.rings.length, 2);
});

test('without sound after 8 s the telephone is offered, and taken back when it connects', async () => {
  const bench = await new Bench().rung();
  bench.call.path('connecting');
  await bench.pass(LATE_MS - 1);
  assert.equal(mustTelephone(bench.view), false);
  await bench.pass(1);
  assert.equal(mustTelephone(bench.view), true);
  bench.call.path('connected');
  assert.equal(mustTelephone(bench.view), false);
  bench.call.path('broken');
  assert.equal(mustTelephone(bench.view), true);
});

test('who only types is never told that sound is missing', async () => {
  const bench = await new Bench().rung(true);
  await bench.pass(LATE_MS * 2);
  assert.deepEqual([mustTelephone(bench.view), bench.sounds], [false, []]);
});

test('it asks each second how the call stands, and says so in words', async () => {
  const bench = await new Bench().rung();
  bench.call.microphone('open');
  bench.call.path('connected');
  const words: string[] = [];
  for (const [state, more] of [
    ['queued', { position: 1 }], ['queued', {}], ['answered', {}], ['answered', { is_connected: true }], ['held', {}],
    ['transferred', {}], ['queued', { position: 1 }], ['ended', {}],
  ] as const) {
    bench.state = () => done(shown(state, more));
    await bench.pass(POLL_MS);
    words.push(saying(bench.view));
  }
  assert.deepEqual(words, ['say.next', 'say.waiting', 'say.answered', 'say.talking', 'say.held', 'say.passed', 'say.again', 'say.over_other']);
  assert.equal(bench.shelf.kept.size, 0);
  const before = bench.asked.length;
  await bench.pass(POLL_MS * 5);
  assert.equal(bench.asked.length, before, 'after the end nothing is asked');
});

test('a centre that does not answer is shown after three seconds, and forgotten when it does', async () => {
  const bench = await new Bench().rung(true);
  bench.state = () => AWAY;
  await bench.pass(2_000);
  assert.equal(bench.view.trouble, null);
  await bench.pass(2_000);
  assert.deepEqual([bench.view.trouble, mustTelephone(bench.view)], ['away', true]);
  bench.state = () => done(shown('queued'));
  await bench.pass(POLL_MS);
  assert.equal(bench.view.trouble, null);
});

test('a call that the centre no longer knows is lost, and the telephone is offered', async () => {
  const bench = await new Bench().rung();
  bench.state = () => refused('unknown_call');
  await bench.pass(POLL_MS);
  assert.deepEqual([saying(bench.view), mustTelephone(bench.view)], ['say.over_lost', true]);
});

test('a call that was let go before it was ever answered rings anew under another name, and one reloaded does not', async () => {
  const bench = new Bench();
  bench.ring = () => AWAY;
  await bench.rung();
  bench.ring = () => refused('call_over');
  await bench.pass(AGAIN_MS);
  bench.ring = () => done(shown('queued'));
  await bench.pass(AGAIN_MS);
  const names = bench.rings.map((one) => one.call);
  assert.equal(names[0], names[1]);
  assert.notEqual(names[1], names[2]);
  assert.match(names[2] ?? '', /^web-/);
  assert.equal(bench.view.is_known, true);
  const again = new Bench(bench.shelf, bench.time);
  again.ring = () => refused('call_over');
  again.call.resume();
  await again.settle();
  assert.deepEqual([again.rings.length, again.rings[0]?.call, saying(again.view)], [1, names[2], 'say.over_lost']);
});

test('the position is sent as soon as both it and the call are there, and again only when it is much better', async () => {
  const bench = new Bench();
  bench.ring = () => AWAY;
  await bench.rung();
  bench.found(HERE);
  await bench.settle();
  assert.equal(bench.places.length, 0);
  bench.ring = () => done(shown('queued'));
  await bench.pass(AGAIN_MS);
  assert.deepEqual(bench.rings[1]?.place, HERE);
  assert.deepEqual(bench.places, [HERE]);
  bench.found({ ...HERE, accuracy_m: 12 });
  bench.found({ ...HERE, accuracy_m: 9 });
  bench.found(null);
  await bench.settle();
  assert.deepEqual(bench.places.map((place) => place.accuracy_m), [18, 9]);
  assert.deepEqual([bench.view.place, bench.view.accuracy_m], ['sent', 9]);
});

test('a position that nobody gives is said, one that the network loses is sent again', async () => {
  const bench = await new Bench().rung();
  assert.ok(hints(bench.view).includes('hint.place_ask'));
  bench.found(null);
  assert.ok(hints(bench.view).includes('hint.place_unknown'));
  bench.place = () => AWAY;
  bench.found(HERE);
  await bench.settle();
  bench.place = () => done({});
  await bench.pass(AGAIN_MS);
  assert.ok(hints(bench.view).includes('hint.place_sent'));
});

test('who is told to wait a moment sends line, position and end once more', async () => {
  const bench = await new Bench().rung();
  const later: Answer<never> = { outcome: 'refused', status: 429, reason: 'too_often' };
  bench.place = bench.text = bench.end = bench.state = () => later;
  bench.found(HERE);
  bench.call.say('satu');
  await bench.settle();
  assert.deepEqual([bench.view.place, bench.view.stage], ['asking', 'waiting']);
  bench.place = () => done({});
  bench.text = (text) => done(shown('queued', { lines: [{ by: 'caller', text }] }));
  await bench.pass(AGAIN_MS);
  assert.deepEqual([bench.view.place, bench.view.unsent, bench.view.lines.length], ['sent', [], 1]);
  bench.call.hangUp();
  await bench.pass(AGAIN_MS);
  assert.equal(bench.asked.filter((what) => what === 'end').length, 2);
});

test('lines go out in order, each until the centre has it, and stand there once', async () => {
  const bench = await new Bench().rung(true);
  const had: string[] = [];
  const lines = () => had.map((text) => ({ by: 'caller', text }));
  bench.text = () => AWAY;
  bench.call.say('  satu ');
  bench.call.say('dua');
  bench.call.say('   ');
  await bench.settle();
  assert.deepEqual(bench.view.unsent.map((line) => line.text), ['satu', 'dua']);
  bench.text = (text) => (had.push(text), done(shown('queued', { lines: lines() })));
  bench.state = (since) => done(shown('queued', { lines: lines().slice(since) }));
  await bench.pass(AGAIN_MS);
  await bench.pass(POLL_MS * 3);
  assert.deepEqual(bench.view.lines.map((line) => line.text), ['satu', 'dua']);
  assert.deepEqual(bench.view.unsent, []);
});

test('a refused line is shown as not sent and holds nothing up; the list has a limit', async () => {
  const bench = await new Bench().rung(true);
  bench.text = () => refused('too_many_texts');
  bench.call.say('satu');
  bench.call.say('dua');
  await bench.settle();
  assert.deepEqual(bench.view.unsent, [{ text: 'satu', is_refused: true }, { text: 'dua', is_refused: true }]);
  for (let at = 0; at < UNSENT_MOST * 2; at += 1) bench.call.say(`${at}`);
  assert.equal(bench.view.unsent.length, UNSENT_MOST);
});

test('an answer that was overtaken neither doubles nor loses a line', () => {
  const lines = [{ by: 'caller', text: 'a' }, { by: 'desk', text: 'b' }];
  const view = follow(START, shown('answered', { lines }), 0);
  assert.deepEqual(follow(view, shown('answered', { lines: lines.slice(0, 1) }), 0).lines, lines);
  assert.deepEqual(follow(view, shown('answered', { lines: lines.slice(1) }), 1).lines, lines);
  assert.deepEqual(follow(START, shown('answered', { lines }), 5).lines, []);
});

test('a reload within 30 s is the same call, as it was hidden and muted; later it is none', async () => {
  const first = await new Bench().rung();
  first.call.mute(true);
  first.call.hide(true);
  await first.pass(POLL_MS);
  const again = new Bench(first.shelf, first.time + WAITED_MS - 1);
  assert.equal(again.call.resume(), true);
  await again.settle();
  assert.equal(again.rings[0]?.call, first.rings[0]?.call);
  assert.equal(again.rings[0]?.key, first.rings[0]?.key);
  assert.deepEqual([again.view.is_hidden, again.view.is_muted], [true, true]);
  assert.ok(again.sounds.includes('hush true') && again.sounds.includes('mute true'));
  const late = new Bench(first.shelf, again.time + WAITED_MS);
  assert.equal(late.call.resume(), false);
  assert.equal(late.shelf.kept.size, 0);
});

test('what lies in the storage may be anything, and a browser may keep nothing', () => {
  for (const text of ['', 'no', '7', '[]', '{"call":1}', '{"call":"web-1","key":"k"}']) {
    const shelf = new MemoryShelf();
    shelf.setItem('kentongan.panggilan', text);
    assert.equal(keepIn(() => shelf).load(), null);
  }
  const none = keepIn(() => {
    throw new Error('denied');
  });
  none.clear();
  assert.equal(none.load(), null);
});

test('hanging up is told until it is heard, and a ring under way then is ended too', async () => {
  const bench = new Bench();
  let ring: (answer: Answer<Shown>) => void = () => undefined;
  bench.ring = () => new Promise((resume) => (ring = resume));
  await bench.rung();
  bench.end = () => AWAY;
  bench.call.hangUp();
  await bench.settle();
  assert.deepEqual([saying(bench.view), bench.sounds.at(-1)], ['say.over_self', 'close']);
  ring(done(shown('queued')));
  await bench.pass(60_000);
  assert.equal(bench.asked.filter((one) => one === 'end').length, 2 * END_TRIES);
  assert.equal(bench.view.stage, 'over');
  assert.ok(!bench.sounds.includes('connect 1'));
});

test('a page that the centre does not hear makes its path anew, not more often than it can connect', async () => {
  const bench = await new Bench().rung();
  bench.call.path('connected');
  bench.state = () => done(shown('answered', { is_heard: false }));
  await bench.pass(POLL_MS);
  await bench.pass(UNHEARD_MS - 1);
  assert.equal(bench.sounds.includes('again'), false);
  await bench.pass(UNHEARD_MS * 2);
  assert.equal(bench.sounds.filter((sound) => sound === 'again').length, 2);
});

test('a page whose sound stops asks at once and offers as soon as the centre says so, once', async () => {
  const bench = await new Bench().rung();
  bench.call.path('connected');
  await bench.pass(POLL_MS / 2);
  const before = bench.asked.length;
  bench.call.stalled();
  await bench.pass(HURRY_MS * 3 + 1);
  assert.equal(bench.asked.length - before, 4, 'it is asked quickly');
  bench.state = () => done(shown('answered', { is_heard: false, must_offer: true }));
  await bench.pass(HURRY_MS);
  assert.equal(bench.sounds.filter((sound) => sound === 'again').length, 1);
  bench.call.path('broken');
  await bench.pass(POLL_MS * 2);
  assert.equal(bench.sounds.filter((sound) => sound === 'again').length, 1, 'one offer is under way');
});

test('a network that only pauses costs some questions and no new path', async () => {
  const bench = await new Bench().rung();
  bench.call.path('connected');
  await bench.pass(POLL_MS);
  bench.call.stalled();
  await bench.pass(HURRIED_MS);
  const hurried = bench.asked.length;
  await bench.pass(POLL_MS * 5);
  assert.ok(bench.asked.length - hurried <= 6);
  assert.equal(bench.sounds.includes('again'), false);
});

test('sound that stops is noticed after three looks, once, and not where the browser tells nothing', () => {
  for (const [packets, calls] of [[[1, 2, 3, 4, 5, 6, 7, 8], 0], [[1, 2, 2, 2, 2, 2, 2, 2], 1], [[null, null, null, null, null, null], 0], [[1, 1, 1, 1, 2, 2, 2, 2], 2]] as const) {
    const due: (() => void)[] = [];
    const left: (number | null)[] = [...packets];
    let stalls = 0;
    const stall = new Stall(() => left.shift() ?? null, (_ms, run) => (due.push(run), () => undefined), () => (stalls += 1));
    stall.watch(true);
    while (left.length > 0) due.shift()?.();
    assert.equal(stalls, calls, String(packets));
  }
});

test('hidden, the page is silent, and the call goes on', async () => {
  const bench = await new Bench().rung();
  bench.call.hide(true);
  assert.deepEqual([bench.view.is_hidden, bench.sounds.at(-1)], [true, 'hush true']);
  bench.state = () => done(shown('answered', { is_connected: true }));
  await bench.pass(POLL_MS);
  assert.deepEqual([bench.view.is_hidden, bench.view.stage], [true, 'talking']);
});

test('what the browser refuses is said', async () => {
  const bench = await new Bench().rung();
  for (const [state, hint] of [['asking', 'ask'], ['denied', 'denied'], ['absent', 'absent']] as const) {
    bench.call.microphone(state);
    assert.ok(hints(bench.view).includes(`hint.microphone_${hint}`));
  }
  bench.call.microphone('open');
  assert.deepEqual(hints(bench.view), ['hint.place_ask']);
});

test('nobody is told to speak whom the operator cannot hear', () => {
  const view = { ...START, stage: 'talking', is_connected: true, microphone: 'open', path: 'connected' } as const;
  assert.equal(saying(view), 'say.talking');
  assert.equal(saying({ ...view, is_muted: true }), 'say.muted');
  assert.equal(saying({ ...view, path: 'broken' }), 'say.talking_mute');
  assert.equal(saying({ ...view, microphone: 'asking' }), 'say.talking_mute');
  assert.equal(saying({ ...view, is_connected: false }), 'say.answered');
});

test('after the end the page rings anew as another call', async () => {
  const bench = await new Bench().rung();
  bench.call.hangUp();
  bench.call.leave();
  assert.equal(bench.view, bench.call.view);
  assert.equal(bench.view.stage, 'start');
  await bench.rung();
  assert.notEqual(bench.rings[0]?.call, bench.rings[1]?.call);
});
