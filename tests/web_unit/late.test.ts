/** Whoever gives an order in the seconds before the link is known to be lost is told that nobody has confirmed it. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { LATE_MS, whenLate } from '../../web/board/late.ts';

test('what is answered soon is never told as late; what is not, until it is known', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  let unconfirmed = 0;
  const late = (by: 1 | -1): void => void (unconfirmed += by);
  whenLate(Promise.resolve('done'), late);
  await Promise.resolve();
  mock.timers.tick(LATE_MS);
  assert.equal(unconfirmed, 0);

  let answer: (said: string) => void = () => undefined;
  const waits = new Promise<string>((resolve) => (answer = resolve));
  whenLate(waits, late);
  mock.timers.tick(LATE_MS - 1);
  assert.equal(unconfirmed, 0);
  mock.timers.tick(1);
  assert.equal(unconfirmed, 1);
  answer('done');
  await waits;
  assert.equal(unconfirmed, 0);
  mock.timers.reset();
});
