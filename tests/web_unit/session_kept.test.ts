/** A crew page that was loaded again without a network goes on by the server's hour. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAgain, written } from '../../web/unit/session-kept.ts';
import { ServerClock } from '../../web/board/clock.ts';
import type { Session } from '../../web/wire/types.ts';

const AT = Date.parse('2026-11-27T22:00:00Z');
const MINUTE_MS = 60_000;
const session = { at: new Date(AT).toISOString(), csrf: 'secret' } as Session;

test('the clock goes on from now, with the difference that was known, and not from the last word of the server', () => {
  for (const skew_ms of [0, 3 * MINUTE_MS, -9 * MINUTE_MS]) {
    const device = AT - skew_ms + 20 * MINUTE_MS; // twenty minutes without a network
    const found = readAgain(written(session, skew_ms), device);
    assert.ok(found);
    const clock = new ServerClock(() => device);
    clock.take(found.at);
    assert.equal(clock.now(), AT + 20 * MINUTE_MS);
    assert.equal(found.csrf, '');
  }
});

test('what an older page kept, and what cannot be read', () => {
  assert.equal(readAgain(JSON.stringify(session), AT)?.at, session.at);
  for (const kept of [null, '', '{']) assert.equal(readAgain(kept, AT), null);
});
