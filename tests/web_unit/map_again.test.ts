/** A map that lost its graphics context is built anew, a bounded number of times. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Again, AGAIN_MS, WELL_MS } from '../../web/map/again.ts';

test('a map that is lost is built anew, each time later, and not for ever', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  let built = 0;
  let at = 1_000_000;
  const again = new Again(() => (built += 1));
  for (const wait of AGAIN_MS) {
    const before = built;
    assert.equal(again.lost(at), true);
    mock.timers.tick(wait - 1);
    assert.equal(built, before);
    mock.timers.tick(1);
    assert.equal(built, before + 1);
    at += wait;
  }
  assert.equal(again.lost(at), false);
  mock.timers.tick(WELL_MS);
  assert.equal(built, AGAIN_MS.length);
  assert.equal(again.lost(at + WELL_MS), true); // it drew for a while: all tries again
  again.stop();
  mock.timers.tick(WELL_MS);
  assert.equal(built, AGAIN_MS.length);
  mock.timers.reset();
});
