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

function queue(): { queue: CommandQueue; shown: readonly Kept[][] } {
  const shown: Kept[][] = [];
  return { queue: new CommandQueue([], (kept) => shown.push([...kept])), shown };
}

test('they go out in order, with their own ids and ages, each once', async () => {
  const { queue: kept } = queue();
  kept.add('a', note('one'), 1_000);
  kept.add('b', note('two'), 4_000);
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
  for (const id of ['a', 'b', 'c']) kept.add(id, note(id), 0);
  const answers: Accepted[] = [DONE, { outcome: 'away' }];
  const round = await kept.drain(() => Promise.resolve(answers.shift() ?? DONE), () => 1);
  assert.equal(round.done, 1);
  assert.deepEqual(kept.kept.map((one) => one.id), ['b', 'c']);
  assert.deepEqual(shown.at(-1)?.map((one) => one.id), ['b', 'c']);
});

test('what another person changed meanwhile is told, and was not written over', async () => {
  const { queue: kept } = queue();
  kept.add('a', note('one'), 0);
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
  for (const id of ['a', 'b']) kept.add(id, note(id), 0);
  const refusal = { reason: 'unit_taken', details: {} };
  const answers: Accepted[] = [{ outcome: 'refused', status: 409, refusal }, DONE];
  const round = await kept.drain(() => Promise.resolve(answers.shift() ?? DONE), () => 1);
  assert.deepEqual(round.refused, [refusal]);
  assert.equal(round.done, 1);
  assert.equal(kept.kept.length, 0);
});

test('what waited too long is not sent: a person looks; the newer ones go out', async () => {
  const { queue: kept } = queue();
  kept.add('a', note('a'), 0);
  kept.add('b', note('b'), 560_000);
  kept.add('c', note('c'), TOO_OLD_MS);
  const sent: string[] = [];
  const round = await kept.drain((one) => Promise.resolve((sent.push(one.id), DONE)), () => TOO_OLD_MS + 1);
  assert.deepEqual(sent, ['b', 'c']);
  assert.deepEqual(round.too_old.map((one) => one.id), ['a']);
  assert.equal(round.done, 2);
  assert.equal(kept.kept.length, 0);
});

test('whoever is signed out keeps everything until they sign in', async () => {
  const { queue: kept } = queue();
  kept.add('a', note('a'), 0);
  const round = await kept.drain(() => Promise.resolve({ outcome: 'signed_out' } as const), () => 1);
  assert.equal(round.signed_out, true);
  assert.equal(kept.kept.length, 1);
});

test('a call, a duty and the interview do not wait here, and there is room for so many', () => {
  const { queue: kept } = queue();
  assert.equal(kept.add('x', { type: 'call.answer', call: 'c1', desk: 'desk_1' }, 0), false);
  assert.equal(kept.add('y', { type: 'report.take_complaint', report: 'r1', words: personal('x') }, 0), false);
  assert.ok(WAITS.every((type) => !type.startsWith('call.') && !type.startsWith('desk.') && !type.startsWith('report.')));
  for (let at = 0; at < KEPT_MAX; at += 1) assert.equal(kept.add(String(at), note('n'), 0), true);
  assert.equal(kept.add('one more', note('n'), 0), false);
});
