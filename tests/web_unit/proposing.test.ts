/** Proposals of the interview: a late answer is no answer, and a category is offered by what was typed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest } from '../../web/console/calls/natures.ts';
import { dangerIn, naturesFor, placesFor } from '../../web/console/calls/proposing.ts';
import type { Answer } from '../../web/wire/api.ts';
import type { Nature, NatureGuess, PlacesFound } from '../../web/wire/plans.ts';

const found = (label: string): PlacesFound => ({ proposals: [{ label }], notices: [] }) as unknown as PlacesFound;

/** A server that answers when the test says so, in whatever order. */
function slow() {
  const waiting = new Map<string, (answer: Answer<PlacesFound>) => void>();
  return {
    ask: (text: string) => new Promise<Answer<PlacesFound>>((resolve) => waiting.set(text, resolve)),
    answer: (text: string) => waiting.get(text)?.({ outcome: 'done', value: found(text) }),
    lose: (text: string) => waiting.get(text)?.({ outcome: 'away' }),
    asked: waiting,
  };
}

test('an answer to an older question that comes later is dropped, and the newer one stays', async () => {
  const server = slow();
  let field = 'simpang';
  const older = placesFor(field, null, () => field, server.ask);
  field = 'simpang lima';
  const newer = placesFor(field, null, () => field, server.ask);
  server.answer('simpang lima');
  assert.deepEqual(await newer, found('simpang lima'));
  server.answer('simpang');
  assert.equal(await older, null);
});

test('what was accepted while the question was under way is not proposed over', async () => {
  const server = slow();
  let field = 'balai kota';
  const asked = placesFor(field, null, () => field, server.ask);
  field = 'Balai Kota Semarang';
  server.answer('balai kota');
  assert.equal(await asked, null);
});

test('a server that is away leaves what is proposed, too few letters take it away and ask nobody', async () => {
  const server = slow();
  const asked = placesFor('johar', null, () => 'johar', server.ask);
  server.lose('johar');
  assert.equal(await asked, null);
  assert.deepEqual(await placesFor(' jo ', null, () => ' jo ', server.ask), { proposals: [], notices: [] });
  assert.deepEqual([...server.asked.keys()], ['johar']);
});

const guess = (code: string, danger = false, matched: string[] = []): NatureGuess => ({ code, danger, matched }) as unknown as NatureGuess;

test('categories are asked for from three letters on; the first word of danger is the first guess that has one', async () => {
  const never = () => assert.fail('nobody is asked');
  assert.deepEqual(await naturesFor('ko', never), []);
  const away = () => Promise.resolve({ outcome: 'away' } as Answer<readonly NatureGuess[]>);
  assert.equal(await naturesFor('kobongan', away), null);
  assert.equal(dangerIn([guess('KBK-02'), guess('KBK-01', true, ['kobongan', 'omah']), guess('MED-01', true, ['semaput'])]), 'kobongan');
  assert.equal(dangerIn([guess('KBK-02')]), undefined);
});

const nature = (code: string, id: string, en: string): Nature => ({ code, name: { id, en } }) as unknown as Nature;
const natures = [nature('MED-01', 'Henti jantung', 'Cardiac arrest'), nature('MED-02', 'Nyeri dada', 'Chest pain'), nature('KBK-01', 'Kebakaran rumah', 'House fire'), nature('KBK-02', 'Kebakaran lahan', 'Bush fire')];
const codes = (text: string, guesses: readonly NatureGuess[] = []): string[] => closest(natures, text, guesses).map((one) => one.code);

test('a category is found by the beginning of its code, by a part of its name in either language, by its whole text', () => {
  assert.deepEqual(codes('med'), ['MED-01', 'MED-02']);
  assert.deepEqual(codes('kebakaran'), ['KBK-01', 'KBK-02']);
  assert.deepEqual(codes('CHEST'), ['MED-02']);
  assert.deepEqual(codes('kbk-02 kebakaran lahan'), ['KBK-02']);
  assert.deepEqual(codes('xyz'), []);
});

test('what the words point to comes before names and after a code; a guess that the city does not have is none', () => {
  assert.deepEqual(codes('', [guess('KBK-02'), guess('GONE')]), ['KBK-02']);
  assert.deepEqual(codes('kebakaran', [guess('KBK-02')]), ['KBK-02', 'KBK-01']);
  assert.deepEqual(codes('kbk-01', [guess('KBK-02')]), ['KBK-01', 'KBK-02']);
});
