/** Figures are written as the room reads them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { age, date, distance, duration, phone, range, secondsSince, time, zoneName } from '../../web/ui/format.ts';
import { sentence, type Catalogue } from '../../web/ui/words.ts';
import { arrange } from '../../web/board/order.ts';
import { placeOf } from '../../web/start/where.ts';
import type { Me } from '../../web/wire/types.ts';

test('durations', () => {
  assert.deepEqual([0, 14, 192, 3599, 3600, 36_125, -5, Number.NaN].map(duration), ['00:00', '00:14', '03:12', '59:59', '1:00:00', '10:02:05', '00:00', '00:00']);
  assert.equal(secondsSince('2026-11-14T07:00:00Z', Date.parse('2026-11-14T07:03:12Z')), 192);
  assert.equal(secondsSince(null, 5), 0);
});

test('times of day in the zone of the city, not of the workstation', () => {
  const at = '2026-11-14T07:05:33Z';
  assert.equal(time(at, 'id', 'Asia/Jakarta'), '14.05.33');
  assert.equal(time(at, 'en', 'Asia/Jakarta', false), '14:05');
  assert.equal(time('2026-11-13T17:00:00Z', 'id', 'Asia/Jakarta'), '00.00.00');
  assert.deepEqual(['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'].map(zoneName), ['WIB', 'WITA', 'WIT']);
  assert.equal(date(at, 'id', 'Asia/Jakarta'), '14 Nov 2026');
});

test('telephone numbers as they are read aloud', () => {
  const cases = {
    '+6281303131148': '0813-0313-1148',
    '081303131148': '0813-0313-1148',
    '08123456789': '0812-345-6789',
    '0812345678901': '0812-3456-78901',
    '+62247605871': '(024) 7605871',
    '112': '112',
    'sip:rina@desk': 'sip:rina@desk',
    '': '',
  };
  for (const [raw, shown] of Object.entries(cases)) assert.equal(phone(raw), shown, raw);
});

test('no digit of a telephone number is lost or moved', () => {
  for (let length = 9; length <= 15; length += 1) {
    const digits = `08${'123456789012345'.slice(0, length - 2)}`;
    assert.equal(phone(digits).replaceAll('-', ''), digits);
  }
});

test('distances, ages and ranges', () => {
  assert.deepEqual([4, 184, 994, 1234, 14_200].map((metres) => distance(metres, 'id')), ['0 m', '180 m', '990 m', '1,2 km', '14 km']);
  assert.deepEqual([3, 99, 240, 7200].map((seconds) => age(seconds, 'id')), ['3 dtk', '99 dtk', '4 mnt', '2,0 jam']);
  assert.deepEqual([range(190, 230), range(480, 655), range(0, 20), range(300, 300)], ['3–4', '8–11', '0–1', '5']);
});

test('a sentence takes its parameters, its singular, and hides no missing one', () => {
  const words = { 'alarm.count': '{n} alarms', 'alarm.count_one': '{n} alarm', 'alarm.take': '{who} took {what}' } as unknown as Catalogue;
  assert.equal(sentence(words, 'alarm.count', { n: 3 }), '3 alarms');
  assert.equal(sentence(words, 'alarm.count', { n: 1 }), '1 alarm');
  assert.equal(sentence(words, 'alarm.take', { who: 'Budi' }), 'Budi took {what}');
});

test('a list that is being touched keeps its rows in place, shows new ones below and tells how many would move', () => {
  assert.deepEqual(arrange(['a', 'b', 'c'], ['c', 'a', 'b'], false), { shown: ['c', 'a', 'b'], waiting: 0 });
  assert.deepEqual(arrange(['a', 'b', 'c'], ['c', 'a', 'd'], true), { shown: ['a', 'c', 'd'], waiting: 2 });
  assert.deepEqual(arrange(['a', 'b', 'c'], ['d', 'c'], true).shown, ['c', 'd'], 'what went away closes up');
  const shown = ['a', 'b'];
  assert.equal(arrange(shown, ['a', 'b'], false).shown, shown, 'an unchanged order is the same list');
});

test('the selected row keeps its place in a new order until somebody asks', () => {
  assert.deepEqual(arrange(['a', 'b', 'c'], ['c', 'x', 'a', 'b'], false, false, 'b'), { shown: ['c', 'b', 'x', 'a'], waiting: 3 });
  assert.deepEqual(arrange(['a', 'b', 'c'], ['c', 'a', 'b'], false, false, 'a').shown, ['a', 'c', 'b']);
  assert.deepEqual(arrange(['a', 'b', 'c'], ['c', 'a'], false, false, 'b').shown, ['c', 'a'], 'one that went away holds nothing');
});

test('under a hand that is about to press, no other row comes: what went away leaves a gap until the hand has gone', () => {
  const held = arrange(['a', 'b', 'c'], ['d', 'c', 'b'], true, true);
  assert.deepEqual(held.shown, ['a', 'b', 'c', 'd']);
  assert.ok(held.waiting > 0);
  const later = arrange(held.shown, ['d'], true, true);
  assert.deepEqual(later.shown, ['a', 'b', 'c', 'd'], 'every place is what it was');
  assert.deepEqual(arrange(later.shown, ['d'], false), { shown: ['d'], waiting: 0 });
});

test('after signing in one lands on an own page only', () => {
  const me = (...roles: string[]) => ({ roles }) as unknown as Me;
  assert.equal(placeOf(me('call_taker'), '?next=/konsol%23/armada'), '/konsol#/armada');
  assert.equal(placeOf(me('call_taker'), '?next=https://evil.example/'), '/konsol');
  assert.equal(placeOf(me('call_taker'), '?next=//evil.example/konsol'), '/konsol');
  assert.equal(placeOf(me('crew'), ''), '/lapangan');
  assert.equal(placeOf(me('crew'), '?next=/konsol'), '/lapangan');
});
