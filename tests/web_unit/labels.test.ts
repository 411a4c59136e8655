/* Words in a plot: no two over each other, none over a line or a point, none outside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { around, differs, laid, meets, type Box, type Wish } from '../../web/console/evaluation/labels.ts';

const FRAME: Box = { left: 0, top: 0, right: 700, bottom: 300 };

/** Numbers that are the same each time (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function apart(boxes: readonly Box[], taken: readonly Box[]): void {
  boxes.forEach((one, at) => {
    for (const other of boxes.slice(at + 1)) assert.ok(!meets(one, other), JSON.stringify([one, other]));
    for (const other of taken) assert.ok(!meets(one, other), JSON.stringify([one, other]));
    assert.ok(one.left >= FRAME.left && one.right <= FRAME.right && one.top >= FRAME.top && one.bottom <= FRAME.bottom, JSON.stringify(one));
  });
}

test('whatever points there are, no two words overlap', () => {
  for (let seed = 0; seed < 60; seed += 1) {
    const next = chance(seed);
    const crowd = seed % 2 === 0 ? 1 : 0.15; // all over, or all in a corner
    const points = Array.from({ length: 16 }, (_, at) => ({ key: String(at), text: 'Semarang Tengah'.slice(0, 4 + Math.floor(next() * 11)), x: next() * 700 * crowd, y: next() * 300 * crowd }));
    const taken = [...points.map((one) => around(one.x, one.x, one.y, one.y, 6)), around(350, 350, 0, 300)];
    const wishes: Wish[] = points.map((one) => ({ key: one.key, text: one.text, from: one.x, to: one.x, y: one.y }));
    const labels = laid(wishes, FRAME, taken);
    apart(labels.map((one) => one.box), taken);
    if (crowd === 1) assert.ok(labels.length >= 14, `${seed}: ${labels.length}`);
  }
});

test('two at one spot stand below each other, the weightier beside it', () => {
  const at = { from: 100, to: 100, y: 100 };
  const [first, second] = laid([{ key: 'a', text: 'Mijen', ...at }, { key: 'b', text: 'Tugu', ...at }], FRAME, []);
  assert.equal(first?.anchor, 'start');
  assert.equal(first?.y, second?.y);
  assert.equal(second?.anchor, 'end', 'the other side is nearer than the next line');
});

test('a label goes to the other side of a line that is in its way, and is left out where there is no room', () => {
  const wish = { key: 'p90', text: 'P90 14:36', from: 590, to: 610, y: 100, down: 10 };
  const limit = around(640, 640, 0, 300);
  const [label] = laid([wish], FRAME, [limit]);
  assert.equal(label?.anchor, 'end');
  assert.equal(label?.x, 582);
  assert.deepEqual(laid([wish], FRAME, [FRAME]), []);
});

test('of many places only those with a small q have a name', () => {
  assert.deepEqual([0.001, 0.05, 0.06, 1].map((q_value) => differs({ q_value })), [true, true, false, false]);
});
