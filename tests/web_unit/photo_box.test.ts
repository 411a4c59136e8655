/** A crew's picture outlives a reload, is sent in its order, and stays on the device no longer than it must. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEEP_MS, PhotoBox, PHOTOS_MOST, type PhotoView } from '../../web/unit/photo-box.ts';
import type { KeptPhoto, PhotoShelf } from '../../web/unit/photo-shelf.ts';
import type { Sent } from '../../web/unit/photo.ts';

class MemoryShelf implements PhotoShelf {
  kept = new Map<string, KeptPhoto>();
  is_full = false;
  async load() {
    return [...this.kept.values()].reverse();
  }
  async put(photo: KeptPhoto) {
    if (this.is_full) throw new Error('QuotaExceededError');
    this.kept.set(photo.id, photo);
  }
  async remove(id: string) {
    this.kept.delete(id);
  }
}

function page(shelf: MemoryShelf, answer: (photo: KeptPhoto) => Sent, now = 1_000) {
  const sent: string[] = [];
  let clock = now;
  let view: PhotoView = { waiting: [], sent: [], trouble: '' };
  const box = new PhotoBox(
    shelf,
    async (photo) => {
      sent.push(photo.id);
      return answer(photo);
    },
    () => (clock += 1),
    (next) => (view = next),
  );
  return { box, sent, view: () => view };
}

const picture = new Blob(['picture']);
const AWAY: Sent = { outcome: 'away' };
const SENT: Sent = { outcome: 'sent' };

test('what waited before a reload is sent once, in order, and is then off the device', async () => {
  const shelf = new MemoryShelf();
  const before = page(shelf, () => AWAY);
  await before.box.open('awak');
  for (const id of ['first', 'second']) assert.equal(await before.box.add({ id, incident: 'i', picture }), true);
  await before.box.flush();
  assert.equal(shelf.kept.size, 2);
  const after = page(shelf, () => SENT, 5_000);
  await after.box.open('awak');
  assert.deepEqual(after.sent, ['first', 'second']);
  assert.equal(shelf.kept.size, 0);
  assert.deepEqual([after.view().waiting.length, after.view().sent.length], [0, 2]);
});

test('another person does not send it, and after a day nobody does', async () => {
  const shelf = new MemoryShelf();
  const before = page(shelf, () => AWAY);
  await before.box.open('awak');
  await before.box.add({ id: 'mine', incident: 'i', picture });
  await before.box.flush();
  const other = page(shelf, () => SENT);
  await other.box.open('awak-lain');
  assert.deepEqual(other.sent, []);
  assert.equal(shelf.kept.size, 1);
  const late = page(shelf, () => SENT, 2_000 + KEEP_MS);
  await late.box.open('awak');
  assert.deepEqual(late.sent, []);
  assert.equal(shelf.kept.size, 0);
});

test('a refusal is told and lets the next one go; what cannot be kept is told at once', async () => {
  const shelf = new MemoryShelf();
  const here = page(shelf, ({ id }) => (id === 'bad' ? { outcome: 'refused', why: 'terlalu besar' } : SENT));
  await here.box.open('awak');
  await here.box.add({ id: 'bad', incident: 'i', picture });
  await here.box.flush();
  assert.equal(here.view().trouble, 'terlalu besar');
  await here.box.add({ id: 'good', incident: 'i', picture });
  await here.box.flush();
  assert.deepEqual([here.view().trouble, here.view().sent.length], ['', 1]);
  shelf.is_full = true;
  assert.equal(await here.box.add({ id: 'no-room', incident: 'i', picture }), false);
  const away = page(new MemoryShelf(), () => AWAY);
  await away.box.open('awak');
  for (let n = 0; n < PHOTOS_MOST; n += 1) await away.box.add({ id: String(n), incident: 'i', picture });
  assert.equal(await away.box.add({ id: 'one more', incident: 'i', picture }), false);
});

test('a picture taken while the shelf is read, and one answered meanwhile, are each sent once', async () => {
  const shelf = new MemoryShelf();
  shelf.kept.set('old', { id: 'old', agent: 'awak', incident: 'i', picture, at: 1_000 });
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const load = shelf.load.bind(shelf);
  shelf.load = async () => {
    const found = await load();
    await held;
    return found;
  };
  let away = true;
  const here = page(shelf, () => (away ? AWAY : SENT));
  const opened = here.box.open('awak');
  await here.box.add({ id: 'new', incident: 'i', picture });
  await here.box.flush();
  away = false;
  const again = here.box.open('awak');
  await here.box.flush();
  release();
  await Promise.all([opened, again]);
  await here.box.flush();
  assert.deepEqual(here.sent.filter((id) => id === 'old'), ['old']);
  assert.deepEqual(here.sent.filter((id) => id === 'new').length, 2, 'once without a network, once with');
  assert.deepEqual([shelf.kept.size, here.view().waiting.length, here.view().sent.length], [0, 0, 2]);
});

test('somebody else signs in while a picture is on its way: nothing of either is lost or shown to the other', async () => {
  const shelf = new MemoryShelf();
  shelf.kept.set('theirs', { id: 'theirs', agent: 'awak-lain', incident: 'i', picture, at: 1_000 });
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const sent: string[] = [];
  let view: PhotoView = { waiting: [], sent: [], trouble: '' };
  const box = new PhotoBox(
    shelf,
    async ({ id }) => {
      sent.push(id);
      await answered;
      return SENT;
    },
    () => 2_000,
    (next) => (view = next),
  );
  await box.open('awak');
  await box.add({ id: 'mine', incident: 'i', picture });
  const opened = box.open('awak-lain');
  assert.deepEqual(view.waiting.length, 0);
  answer();
  await opened;
  await box.flush();
  assert.deepEqual(sent, ['mine', 'theirs']);
  assert.equal(shelf.kept.size, 0);
  assert.deepEqual(view.sent.map(({ id }) => id), ['theirs']);
});
