/* Letters to a caller who reads: every one once, in order, whatever becomes of a request. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Letters, PART_MOST, typedBetween, WAITING_MOST, type Ways } from '../../web/board/letters.ts';
import type { Answer } from '../../web/wire/api.ts';

class Bench implements Ways {
  readonly sent: [number, string][] = [];
  readonly behinds: boolean[] = [];
  readonly again: (() => void)[] = [];
  refusals = 0;
  answers: Answer<unknown>[] = [];

  send(_stream: string, count: number, text: string): Promise<Answer<unknown>> {
    this.sent.push([count, text]);
    return Promise.resolve(this.answers.shift() ?? { outcome: 'done', value: null });
  }
  after(_ms: number, run: () => void): void {
    this.again.push(run);
  }
  refused(): void {
    this.refusals += 1;
  }
  behind(is_behind: boolean): void {
    this.behinds.push(is_behind);
  }
}

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

test('the difference is erasures of whole characters, then what is new', () => {
  assert.equal(typedBetween('', 'Di'), 'Di');
  assert.equal(typedBetween('Di man', 'Di mana?'), 'a?');
  assert.equal(typedBetween('Jl. Pandu 155', 'Jl. Pandu 15'), '\b');
  assert.equal(typedBetween('tolomg', 'tolong'), '\b\bng');
  assert.equal(typedBetween('a👩‍🚒', 'a'), '\b');
  assert.equal(typedBetween('e\u0301', 'e'), '\be');
  assert.equal(typedBetween('abc', ''), '\b\b\b');
});

test('what is typed while a request is out goes with the next one', async () => {
  const bench = new Bench();
  const letters = new Letters('s', bench);
  letters.type('D');
  letters.type('i');
  letters.type(' mana');
  await settled();
  assert.deepEqual(bench.sent, [[1, 'D'], [2, 'i mana']]);
});

test('a request without an answer is repeated under the same count, and nothing overtakes it', async () => {
  const bench = new Bench();
  bench.answers = [{ outcome: 'away' }, { outcome: 'away' }];
  const letters = new Letters('s', bench);
  letters.type('a');
  await settled();
  letters.type('b');
  bench.again.shift()?.();
  await settled();
  bench.again.shift()?.();
  await settled();
  assert.deepEqual(bench.sent, [[1, 'a'], [1, 'a'], [1, 'a'], [2, 'b']]);
  assert.deepEqual(bench.behinds, [true, true, false, false]);
});

test('a refusal drops what waits and is told; what is typed after it is tried', async () => {
  const bench = new Bench();
  bench.answers = [{ outcome: 'refused', status: 409, refusal: { reason: 'call_over', details: {} } }];
  const letters = new Letters('s', bench);
  letters.type('a');
  letters.type('b');
  await settled();
  assert.equal(bench.refusals, 1);
  letters.type('c');
  await settled();
  assert.deepEqual(bench.sent, [[1, 'a'], [2, 'c']]);
});

test('long texts go in parts and too long ones not at all', async () => {
  const bench = new Bench();
  const letters = new Letters('s', bench);
  const text = 'x'.repeat(PART_MOST - 1) + '🚒' + 'y';
  assert.equal(letters.type(text), true);
  assert.equal(letters.type('x'.repeat(WAITING_MOST + 1)), false);
  await settled();
  assert.equal(bench.sent.map(([, part]) => part).join(''), text);
  assert.equal(bench.sent[0]?.[1].length, PART_MOST - 1);
});
