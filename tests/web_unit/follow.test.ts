/** The page behind a follow link says a range that changed as changed, also after it was opened anew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterSeen } from '../../web/citizen/browser.ts';
import { FollowPage, type Shown } from '../../web/citizen/follow.ts';

const drives = (from: string, to: string, more: Partial<Shown> = {}): Shown => ({ state: 'driving', city: 'Semarang', at: '14.00', arrive_from: from, arrive_to: to, ...more });

function page(answers: Shown[]): FollowPage {
  return new FollowPage({ ask: async () => answers.shift() ?? null, answer: async () => null, after: () => () => undefined }, () => undefined);
}

test('a range that moves while the page is open is shown beside the one before', async () => {
  const followed = page([drives('14.13', '14.16'), drives('14.18', '14.22', { was_from: '14.13', was_to: '14.16' }), drives('14.18', '14.22')]);
  await followed.open();
  assert.equal(followed.view.before, null);
  await followed.open();
  assert.deepEqual(followed.view.before, { from: '14.13', to: '14.16' });
  await followed.open();
  assert.deepEqual(followed.view.before, { from: '14.13', to: '14.16' });
});

test('a page that is opened after the change says what was promised first', async () => {
  const followed = page([drives('14.18', '14.22', { was_from: '14.13', was_to: '14.16' })]);
  await followed.open();
  assert.deepEqual(followed.view.before, { from: '14.13', to: '14.16' });
});

test('a page that nobody sees asks nothing until it is shown again', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const screen = Object.assign(new EventTarget(), { hidden: true });
  Object.assign(globalThis, { document: screen });
  let asked = 0;
  afterSeen(10, () => (asked += 1));
  const stopped = afterSeen(10, () => (asked += 10));
  context.mock.timers.tick(10);
  screen.dispatchEvent(new Event('visibilitychange'));
  assert.equal(asked, 0);
  stopped();
  screen.hidden = false;
  screen.dispatchEvent(new Event('visibilitychange'));
  screen.dispatchEvent(new Event('visibilitychange'));
  assert.equal(asked, 1);
  afterSeen(10, () => (asked += 1));
  context.mock.timers.tick(10);
  assert.equal(asked, 2);
});
