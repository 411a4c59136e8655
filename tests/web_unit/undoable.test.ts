/** What can be taken back: everything of the last ten seconds, whatever was told after it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ordered, undoable, UNDO_S } from '../../web/ui/undoable.ts';

test('two orders within ten seconds can both be taken back, the newest first', () => {
  const done = [{ at: 0 }, { at: 6_000 }];
  assert.deepEqual(undoable(done, 9_000), done);
  assert.deepEqual(undoable(done, UNDO_S * 1000), [{ at: 6_000 }]);
  assert.deepEqual(undoable(done, 16_000), []);
});

test('an order without a way back stands alone: Ctrl+Z says so, and takes back no other than the last', () => {
  const [first, second] = [{ text: 'AMB01' }, { text: 'AMB07' }];
  assert.deepEqual(ordered([first], second, async () => undefined), [first, second]);
  assert.deepEqual(ordered([first], second, null), [second]);
  assert.deepEqual(ordered([first], second, undefined), [first], 'words that are no order');
});
