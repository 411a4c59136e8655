/** A crew's tap is sent once, in order, with its own time, and never dropped silently. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageOf, Outbox, OUTBOX_MOST, type OutboxView, type RefusedTap, type Sent, type Shelf, type Tap } from '../../web/unit/outbox.ts';

class MemoryShelf implements Shelf {
  waiting = new Map<string, Tap>();
  refused = new Map<string, RefusedTap>();
  async load() {
    return { waiting: [...this.waiting.values()].reverse(), refused: [...this.refused.values()] };
  }
  async put(tap: Tap) {
    this.waiting.set(tap.id, tap);
  }
  async remove(id: string) {
    this.waiting.delete(id);
  }
  async refuse(tap: RefusedTap) {
    this.refused.set(tap.id, tap);
  }
  async forget(id: string) {
    this.refused.delete(id);
  }
}

function tap(id: string): Omit<Tap, 'order' | 'agent'> {
  return { id, command: { type: 'unit.start_duty', unit: 'AMB03' }, tapped_at: '2026-11-14T07:05:33Z', device: { wall: 0, page: 0, ticks: 0 } };
}

function bench(answer: (tap: Tap) => Sent, shelf = new MemoryShelf()) {
  const sent: string[] = [];
  let view: OutboxView = { waiting: [], refused: [], needs_sign_in: false, is_open: false, is_lost: false };
  const outbox = new Outbox(
    shelf,
    async (entry) => {
      sent.push(entry.id);
      return answer(entry);
    },
    (next) => (view = next),
  );
  return { outbox, shelf, sent, view: () => view };
}

test('while the network is away taps wait in order and go out in order', async () => {
  let away = true;
  const { outbox, sent, view } = bench(() => ({ outcome: away ? 'away' : 'done' }));
  await outbox.open('budi');
  for (const id of ['a', 'b', 'c']) await outbox.add(tap(id));
  await outbox.flush();
  assert.deepEqual(view().waiting.map((entry) => entry.id), ['a', 'b', 'c']);
  away = false;
  sent.length = 0;
  await outbox.flush();
  assert.deepEqual(sent, ['a', 'b', 'c']);
  assert.equal(view().waiting.length, 0);
});

test('a reload keeps what waits, in the order of the taps', async () => {
  const shelf = new MemoryShelf();
  const first = bench(() => ({ outcome: 'away' }), shelf);
  await first.outbox.open('budi');
  for (const id of ['a', 'b', 'c']) await first.outbox.add(tap(id));
  await first.outbox.flush();
  const second = bench(() => ({ outcome: 'done' }), shelf);
  await second.outbox.open('budi');
  assert.deepEqual(second.sent, ['a', 'b', 'c']);
  assert.equal(shelf.waiting.size, 0);
});

test('a refusal moves the tap to a visible list with its reason, and the next one goes on', async () => {
  const { outbox, shelf, sent, view } = bench((entry) =>
    entry.id === 'a' ? { outcome: 'refused', refusal: { reason: 'unit_engaged', details: { unit: 'AMB03' } } } : { outcome: 'done' },
  );
  await outbox.open('budi');
  await outbox.add(tap('a'));
  await outbox.add(tap('b'));
  await outbox.flush();
  assert.deepEqual(sent, ['a', 'b']);
  assert.deepEqual(view().refused.map((entry) => [entry.id, entry.refusal.reason]), [['a', 'unit_engaged']]);
  await outbox.read('a');
  assert.equal(shelf.refused.size, 0);
});

test('signed out: everything is kept and signing in is asked for', async () => {
  let signed_in = false;
  const { outbox, view } = bench(() => ({ outcome: signed_in ? 'done' : 'signed_out' }));
  await outbox.open('budi');
  await outbox.add(tap('a'));
  await outbox.flush();
  assert.equal(view().needs_sign_in, true);
  assert.equal(view().waiting.length, 1);
  signed_in = true;
  await outbox.flush();
  assert.equal(view().needs_sign_in, false);
  assert.equal(view().waiting.length, 0);
});

test("another person on the same device neither sees nor sends somebody else's taps", async () => {
  const shelf = new MemoryShelf();
  const budi = bench(() => ({ outcome: 'away' }), shelf);
  await budi.outbox.open('budi');
  await budi.outbox.add(tap('a'));
  await budi.outbox.flush();
  const dewi = bench(() => ({ outcome: 'done' }), shelf);
  await dewi.outbox.open('dewi');
  await dewi.outbox.add(tap('b'));
  assert.deepEqual(dewi.view().waiting.map((entry) => entry.id), ['b']);
  await dewi.outbox.flush();
  assert.deepEqual(dewi.sent, ['b']);
  assert.equal(dewi.view().waiting.length, 0);
  assert.deepEqual([...shelf.waiting.keys()], ['a']);
});

test('a full outbox says so instead of forgetting', async () => {
  const { outbox } = bench(() => ({ outcome: 'away' }));
  await outbox.open('budi');
  for (let at = 0; at < OUTBOX_MOST; at += 1) assert.equal(await outbox.add(tap(`t${at}`)), true);
  assert.equal(await outbox.add(tap('one too many')), false);
});

test("a tap's age follows the page's clock, whatever somebody does to the wall clock", () => {
  const then = { wall: 1_000_000, page: 5, ticks: 100 };
  assert.equal(ageOf(then, { wall: 9_999_999, page: 5, ticks: 60_100 }), 60);
  assert.equal(ageOf(then, { wall: 1_090_000, page: 77, ticks: 3 }), 90);
  assert.equal(ageOf(then, { wall: 900_000, page: 77, ticks: 3 }), 0);
});

function danger(id: string): Omit<Tap, 'order' | 'agent'> {
  return { ...tap(id), command: { type: 'unit.raise_emergency', unit: 'AMB03' } };
}

test('a crew in danger waits behind no other tap', async () => {
  const { outbox, sent, view } = bench((entry) => ({ outcome: entry.id === 'stuck' ? 'away' : 'done' }));
  await outbox.open('budi');
  await outbox.add(tap('stuck'));
  await outbox.flush();
  sent.length = 0;
  assert.equal(await outbox.add(danger('danger')), true);
  assert.deepEqual(sent, ['danger']);
  assert.deepEqual(view().waiting.map((entry) => entry.id), ['stuck']);
});

test('a crew in danger is sent while another tap is still on its way', async () => {
  const sent: string[] = [];
  const outbox = new Outbox(new MemoryShelf(), async ({ id }) => {
    sent.push(id);
    return id === 'slow' ? new Promise<Sent>(() => undefined) : { outcome: 'done' };
  }, () => undefined);
  await outbox.open('budi');
  await outbox.add(tap('slow'));
  await outbox.add(danger('danger'));
  assert.deepEqual(sent, ['slow', 'danger']);
});

test('a crew in danger is tried first again, whatever waits, on a shelf that keeps nothing', async () => {
  const shelf = new MemoryShelf();
  let away = true;
  const { outbox, sent, view } = bench((entry) => ({ outcome: away || entry.id === 'stuck' ? 'away' : 'done' }), shelf);
  await outbox.open('budi');
  await outbox.add(tap('stuck'));
  shelf.put = () => Promise.reject(new Error('no room'));
  shelf.remove = () => Promise.reject(new Error('no room'));
  await outbox.add(danger('danger'));
  away = false;
  sent.length = 0;
  await outbox.flush();
  assert.equal(sent[0], 'danger');
  assert.deepEqual(view().waiting.map((entry) => entry.id), ['stuck']);
});

test('a tap that cannot be kept is said to be lost, until one is kept', async () => {
  const shelf = new MemoryShelf();
  const { outbox, view } = bench(() => ({ outcome: 'done' }), shelf);
  assert.equal(await outbox.add(tap('early')), false);
  assert.deepEqual([view().is_open, view().is_lost], [false, true]);
  await outbox.open('budi');
  const { put } = shelf;
  shelf.put = () => Promise.reject(new Error('no room'));
  assert.equal(await outbox.add(tap('broken')), false);
  assert.equal(view().is_lost, true);
  shelf.put = put;
  assert.equal(await outbox.add(tap('kept')), true);
  assert.deepEqual([view().is_open, view().is_lost], [true, false]);
});

test('a step tapped twice is kept, counted and sent once, also while the first is still being written', async () => {
  const { outbox, sent, view } = bench(() => ({ outcome: 'away' }));
  const step = (id: string, progress: 'departed' | 'on_scene', correction = false): Omit<Tap, 'order' | 'agent'> => ({
    ...tap(id),
    command: { type: 'assignment.progress', incident: 'i-1', unit: 'AMB03', progress, ...(correction ? { correction } : {}), ...(id === 'b' ? { fix: { point: { lat: -7, lon: 110 } } } : {}) } as Tap['command'],
  });
  await outbox.open('budi');
  assert.deepEqual(await Promise.all([outbox.add(step('a', 'on_scene')), outbox.add(step('b', 'on_scene'))]), [true, true]);
  await outbox.add(step('c', 'on_scene'));
  assert.deepEqual(view().waiting.map(({ id }) => id), ['a']);
  await outbox.add(step('d', 'departed', true)); // taken back
  await outbox.add(step('e', 'on_scene')); // and meant after all
  assert.deepEqual(view().waiting.map(({ id }) => id), ['a', 'd', 'e']);
  await outbox.flush();
  assert.deepEqual(new Set(sent), new Set(['a']));
});
