/** However often somebody presses, one order goes out until its answer is here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Once } from '../../web/board/once.ts';

test('what is under way is not begun again; another thing is, and the same one after its end', async () => {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const once = new Once<string>();
  const press = (key: string): Promise<string> =>
    once.run(key, () => {
      begun.push(key);
      return new Promise((resume) => ends.push(() => resume(key)));
    });
  const storm = Array.from({ length: 20 }, () => press('assign AMB01'));
  void press('assign AMB02');
  assert.deepEqual(begun, ['assign AMB01', 'assign AMB02']);
  ends[0]?.();
  assert.deepEqual(new Set(await Promise.all(storm)), new Set(['assign AMB01']));
  await Promise.resolve();
  void press('assign AMB01');
  assert.equal(begun.length, 3);
});

test('what went wrong may be tried again', async () => {
  const once = new Once<string>();
  await assert.rejects(once.run('a', () => Promise.reject(new Error('no'))));
  assert.equal(await once.run('a', () => Promise.resolve('yes')), 'yes');
});
