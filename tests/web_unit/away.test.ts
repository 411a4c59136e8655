/* Evaluasi: what is said of figures while the server does not answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awayWords } from '../../web/console/evaluation/away.ts';

test('figures below are told of only where there are some', () => {
  assert.equal(awayWords(null), 'away_first');
  assert.equal(awayWords({ preparing: true, part: null }), 'away_first');
  assert.equal(awayWords({ preparing: false, part: {} }), 'away');
});
