/** Orders given while the server is away: kept in order, sent once, never too late. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandQueue, KEPT_MAX, TOO_OLD_MS, WAITS, type Kept } from '../../web/board/command-queue.ts';
import { based } from '../../web/board/seen.ts';
import type { Answer } from '../../web/wire/api.ts';
import { personal, type AnyCommand } from '../../web/wire/commands.ts';

const note = (text: string): AnyCommand => ({ type: 'incident.add_note', incident: 'i1', text: personal(text) });
type Accepted = Answer<{ readonly events: readonly string[] }>;
const DONE: Accepted = { outcome: 'done', value: { events: [] } };

const DEWI = { id: 'dewi', name: 'Dewi' };
const BUDI = { id: 'budi', name: 'Budi' };

function queue(me = DEWI, all: readonly Kept[] = []): { queue: CommandQueue; shown: readonly Kept[][] } {
  const shown: Kept[][] = [];
  return { queue: new CommandQueue(me, all, (kept) => shown.push([...kept])), shown };
}

/** Sent, and nobody answered; returns whether it waits. */
function add(kept: CommandQueue, id: string, command: AnyCommand, at: number): boolean {
  return kept.begin(id, command, at)(true);
}

test('they go out in order, with their own ids and ages, each once', async () => {
  const { queue: kept } = queue();
  add(kept, 'a', note('one'), 1_000);
  add(kept, 'b', note('two'), 4_000);
  const sent: [string, number][] = [];
  const round = await kept.drain(
    (one, age_s) => {
      sent.push([one.id, age_s]);
      return Promise.resolve(DONE);
    },
    () => 10_000,
  );
  assert.deepEqual(sent, [['a', 9], ['b', 6]]);
  assert.equal(round.done, 2);
  assert.equal(kept.kept.length, 0);
});

test('without an answer the rest stays, with the id it was sent with', async () => {
  const { queue: kept, shown } = queue();
  for (const id of ['a', 'b', 'c']) add(kept, id, note(id), 0);
  const answers: Accepted[] = [DONE, { outcome: 'away' }];
  const round = await kept.drain(() => Promise.resolve(answers.shift() ?? DONE), () => 1);
  assert.equal(round.done, 1);
  assert.deepEqual(kept.kept.map((one) => one.id), ['b', 'c']);
  assert.deepEqual(shown.at(-1)?.map((one) => one.id), ['b', 'c']);
});

test('what another person changed meanwhile is told, and was not written over', async () => {
  const { queue: kept } = queue();
  add(kept, 'a', note('one'), 0);
  const beside: Accepted = { outcome: 'done', value: { events: ['incident.variant_kept'] } };
  const round = await kept.drain(() => Promise.resolve(beside), () => 1);
  assert.deepEqual([round.done, round.beside], [1, true]);
});

test('an order says how much of the row its asker had seen, also when it waits', () => {
  const at = (incident: string): number | undefined => (incident === 'i1' ? 7 : undefined);
  const urge: AnyCommand = { type: 'incident.set_priority', incident: 'i1', priority: 'P1' };
  assert.deepEqual(based(urge, at), { ...urge, seen: 7 });
  assert.deepEqual(based({ ...urge, seen: 3 }, at), { ...urge, seen: 3 });
  assert.deepEqual(based({ ...urge, incident: 'i2' }, at), { ...urge, incident: 'i2' });
  assert.deepEqual(based(note('one'), at), note('one'));
});

test('what is refused is told and holds nobody up', async () => {
  const { queue: kept } = queue();
  for (const id of ['a', 'b']) add(kept, id, note(id), 0);
  const refusal = { reason: 'unit_taken', details: {} };
  const answers: Accepted[] = [{ outcome: 'refused', status: 409, refusal }, DONE];
  const round = await kept.drain(() => Promise.resolve(answers.shift() ?? DONE), () => 1);
  assert.deepEqual(round.refused, [refusal]);
  assert.equal(round.done, 1);
  assert.equal(kept.kept.length, 0);
});

test('what waited too long is not sent: a person looks; the newer ones go out', async () => {
  const { queue: kept } = queue();
  add(kept, 'a', note('a'), 0);
  add(kept, 'b', note('b'), 560_000);
  add(kept, 'c', note('c'), TOO_OLD_MS);
  const sent: string[] = [];
  const round = await kept.drain((one) => Promise.resolve((sent.push(one.id), DONE)), () => TOO_OLD_MS + 1);
  assert.deepEqual(sent, ['b', 'c']);
  assert.deepEqual(round.too_old.map((one) => one.id), ['a']);
  assert.equal(round.done, 2);
  assert.equal(kept.kept.length, 0);
});

test('whoever is signed out keeps everything until they sign in', async () => {
  const { queue: kept } = queue();
  add(kept, 'a', note('a'), 0);
  const round = await kept.drain(() => Promise.resolve({ outcome: 'signed_out' } as const), () => 1);
  assert.equal(round.signed_out, true);
  assert.equal(kept.kept.length, 1);
});

test('a call, a duty and the interview do not wait here, and there is room for so many', () => {
  const { queue: kept } = queue();
  assert.equal(add(kept, 'x', { type: 'call.answer', call: 'c1', desk: 'desk_1' }, 0), false);
  assert.equal(add(kept, 'y', { type: 'report.take_complaint', report: 'r1', words: personal('x') }, 0), false);
  assert.ok(WAITS.every((type) => !type.startsWith('call.') && !type.startsWith('desk.') && !type.startsWith('report.')));
  for (let at = 0; at < KEPT_MAX; at += 1) assert.equal(add(kept, String(at), note('n'), 0), true);
  assert.equal(add(kept, 'one more', note('n'), 0), false);
});

test('whoever sits here next sends nothing of another: it stays until they are back', async () => {
  const { queue: dewis, shown } = queue();
  add(dewis, 'a', note('one'), 0);
  const { queue: budis, shown: after } = queue(BUDI, shown.at(-1));
  add(budis, 'b', note('two'), 0);
  const sent: [string, string][] = [];
  const send = (one: Kept): Promise<Accepted> => Promise.resolve((sent.push([one.id, one.agent]), DONE));
  await budis.drain(send, () => 1);
  budis.clear();
  assert.deepEqual(sent, [['b', 'budi']]);
  assert.deepEqual(budis.others.map((one) => one.name), ['Dewi']);
  const { queue: again } = queue(DEWI, after.at(-1));
  await again.drain(send, () => 1);
  assert.deepEqual(sent.at(-1), ['a', 'dewi']);
});

test('a page that is loaded anew before the answer loses no order, and an answer ends it', async () => {
  const { queue: kept, shown } = queue();
  const settle = kept.begin('a', note('one'), 0);
  assert.equal(kept.kept.length, 0);
  await kept.drain(() => assert.fail('it is under way'), () => 1);
  const { queue: anew } = queue(DEWI, shown.at(-1));
  assert.deepEqual(anew.kept.map((one) => one.id), ['a']);
  assert.equal(settle(false), false);
  assert.deepEqual(shown.at(-1), []);
});

test('one that waits can be taken back, not the one before it, nor one that is being sent', async () => {
  const { queue: kept } = queue();
  add(kept, 'a', note('one'), 0);
  add(kept, 'b', note('two'), 0);
  assert.equal(kept.takeBack('b'), true);
  assert.equal(kept.takeBack('b'), false);
  const sent: string[] = [];
  await kept.drain(
    (one) => {
      sent.push(one.id);
      assert.equal(kept.takeBack(one.id), false);
      return Promise.resolve(DONE);
    },
    () => 1,
  );
  assert.deepEqual(sent, ['a']);
  add(kept, 'c', note('three'), 0);
  await kept.drain(() => Promise.resolve({ outcome: 'away' }), () => 1);
  assert.equal(kept.takeBack('c'), false, 'its answer may have been lost on the way');
  kept.begin('d', note('four'), 0)(true, true);
  assert.equal(kept.takeBack('d'), false, 'so may this one’s');
  assert.deepEqual(kept.kept.map((one) => one.id), ['c', 'd']);
});
