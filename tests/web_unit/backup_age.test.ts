/** A centre without a fresh backup is not well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastOf } from '../../web/console/admin/backup-age.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');

test('none, an old one and one that is still being made are no fresh backup', () => {
  assert.deepEqual(lastOf([], NOW), { last: null, is_old: true });
  assert.equal(lastOf([{ made_at: null }], NOW).is_old, true);
  const [old, fresh] = [{ made_at: '2026-11-26T09:59:00Z' }, { made_at: '2026-11-26T10:01:00Z' }];
  assert.deepEqual(lastOf([{ made_at: null }, old], NOW), { last: old, is_old: true });
  assert.deepEqual(lastOf([fresh, old], NOW), { last: fresh, is_old: false });
});
