/** The screen of a crew stays on while its page is open, and the lock is asked for again whenever somebody looks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Awake } from '../../web/ui/awake.ts';

test('the lock is taken, taken again after the page was away, and given back', async () => {
  let asked = 0;
  let released = 0;
  let look = (): void => undefined;
  const lock = { release: async () => void (released += 1) };
  const page = { visibilityState: 'visible', addEventListener: (_: string, heard: () => void) => (look = heard) };
  Object.defineProperty(globalThis, 'document', { value: page, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: { wakeLock: { request: async () => ((asked += 1), lock) } }, configurable: true });
  const awake = new Awake();
  look();
  assert.equal(asked, 0);
  awake.want(true);
  await Promise.resolve();
  page.visibilityState = 'hidden';
  look();
  page.visibilityState = 'visible';
  look();
  await Promise.resolve();
  assert.equal(asked, 2);
  awake.want(false);
  await Promise.resolve();
  assert.equal(released, 1);
});
