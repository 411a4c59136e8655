/** Earlier calls of a number: not known is not "none". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilKnown } from '../../web/console/calls/history.ts';
import type { Answer } from '../../web/wire/api.ts';

const now = (): Promise<void> => Promise.resolve();
function answers(...all: readonly Answer<string[]>[]): () => Promise<Answer<string[]>> {
  const left = [...all];
  return () => Promise.resolve(left.shift() ?? { outcome: 'away' });
}
const away: Answer<string[]> = { outcome: 'away' };
const known: Answer<string[]> = { outcome: 'done', value: ['yesterday'] };

test('who does not answer is asked again, and nothing is known until then', async () => {
  assert.deepEqual(await untilKnown(answers(away, away, known), () => true, now), ['yesterday']);
});

test('an answer for a call that is no longer in hand is nobody’s', async () => {
  let wanted = 2;
  assert.equal(await untilKnown(answers(known), () => --wanted > 0, now), null);
  wanted = 3;
  assert.equal(await untilKnown(answers(), () => --wanted > 0, now), null, 'and nobody asks for ever');
});

test('what is refused stays unknown', async () => {
  const refused = { outcome: 'refused', refusal: { reason: 'not_permitted', details: {} } } as unknown as Answer<string[]>;
  assert.equal(await untilKnown(answers(refused, known), () => true, now), null);
});
