/** What a citizen's page sends outlives the page only where it must: a caller who hangs up and closes the window at once
 *  has hung up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { server } from '../../web/citizen/server.ts';

test('hanging up reaches the centre also when the page is closed next', async (context) => {
  const sent: [string, RequestInit][] = [];
  context.mock.method(globalThis, 'fetch', async (path: string, init: RequestInit) => {
    sent.push([path, init]);
    return new Response('{}');
  });
  await server.state('web-1', 'key', 0);
  await server.end('web-1', 'key');
  assert.deepEqual(
    sent.map(([path, { keepalive }]) => [path, keepalive]),
    [
      ['/api/citizen/calls/web-1/state', false],
      ['/api/citizen/calls/web-1/end', true],
    ],
  );
});
