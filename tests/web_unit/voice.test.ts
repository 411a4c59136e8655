/** Who is answered next, what rings and sounds at a desk, whom to ring back first, whom a typed word means. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { burstsLast, byNumber, endOf, heardAt, inOrder, inRiskOrder, invitation, isClaimedFirst, isOffered, mayRingBack, nextCallback, nextFor, notYetGhost, partOf, ringsHere, soundOf, unnumbered } from '../../web/board/voice.ts';
import { choicesFor, numberIn } from '../../web/console/calls/contacts.ts';
import type { CallRow, Party } from '../../web/wire/rows.ts';
import type { Contact } from '../../web/wire/voice.ts';

function call(key: string, given: Partial<CallRow> = {}): CallRow {
  const plain = {
    kind: 'call', key, position: 1, state: 'queued', ring_at: `2026-11-14T07:00:0${key.length}Z`, ended_at: null, requeued: 0, line_priority: 1, rung: [],
    parties: [], supervisors: [], desk: null, risk: [], silent_only: false, owner: null, callbacks: [], number: { sealed: 'personal', text: '0811' },
  };
  return { ...plain, ...given } as unknown as CallRow;
}

const party = (given: Partial<Party>): Party => ({ party: 'p', kind: 'desk', state: 'joined', desk: null, ...given }) as unknown as Party;
const keys = (calls: readonly CallRow[]): string[] => calls.map((one) => one.key);

test('a call that nobody spoke on was not cut off while talking, and one that went back to the queue was not hung up before an answer', () => {
  const never = { answered_at: null, dropped: false };
  assert.equal(endOf(call('gave up', never)), 'hung_up');
  assert.equal(endOf(call('video only', { ...never, dropped: true })), 'failed');
  assert.equal(endOf(call('desk lost, then hung up', { ...never, requeued: 1 })), 'cut_off');
  assert.equal(endOf(call('line broke', { answered_at: '2026-11-14T07:00:05Z', dropped: true })), 'cut_off');
});

test('F9 taken back rings the caller: not who gave no number, nor where a ring would betray', () => {
  assert.equal(mayRingBack(call('a')), true);
  assert.equal(mayRingBack(null), false, 'nobody was ended by it');
  assert.equal(mayRingBack(call('a', { number: null })), false);
  assert.equal(mayRingBack(call('a', { silent_only: true })), false);
});

test('a call on the list is taken before it is rung, unless it is mine; one that was never listed is rung at once', () => {
  const ended: Partial<CallRow> = { state: 'ended', open: true };
  assert.equal(isClaimedFirst(call('a', ended), 'rina'), true);
  assert.equal(isClaimedFirst(call('a', { ...ended, owner: 'dewi' }), 'rina'), true, 'the server refuses, and says whose it is');
  assert.equal(isClaimedFirst(call('a', { ...ended, owner: 'rina' }), 'rina'), false);
  assert.equal(isClaimedFirst(call('a', { ...ended, open: false }), 'rina'), false);
  assert.equal(isClaimedFirst(call('a', { state: 'answered', open: true }), 'rina'), false);
});

test('a ghost call was tested, listened to for twenty seconds, and pressed no key', () => {
  const at = (second: number): number => Date.parse('2026-11-14T07:01:00Z') + second * 1000;
  const stamp = (second: number): string => new Date(at(second)).toISOString();
  const heard: Partial<CallRow> = { state: 'answered', answered_at: stamp(0), silent_test_at: null, keys: '', ended_by: null, dropped: false };
  assert.equal(notYetGhost(call('a', heard), at(60)), 'untested');
  assert.equal(notYetGhost(call('a', { ...heard, prompt: 'tap_or_5' }), at(60)), 'untested', 'asked for is not heard');
  const tested = { ...heard, silent_test_at: stamp(5) };
  assert.deepEqual([5, 24, 24.5, 25].map((second) => notYetGhost(call('a', tested), at(second))), [20, 1, 1, null]);
  assert.equal(notYetGhost(call('a', { ...tested, keys: 'tap' }), at(60)), 'answered');
  assert.equal(notYetGhost(call('a', { ...tested, ended_by: 'desk', ended_at: stamp(8) }), at(60)), 17);
  assert.equal(notYetGhost(call('a', { ...heard, ended_by: 'caller', dropped: true, ended_at: stamp(8) }), at(60)), 'untested');
  assert.equal(notYetGhost(call('a', { ...heard, ended_by: 'caller', ended_at: stamp(8) }), at(60)), null);
});

test('a page is not a telephone that hides its number', () => {
  const [page, hidden, none] = [
    { number_withheld: true, remarks: ['web_call', 'language_id'] },
    { number_withheld: true, remarks: [] },
    { number_withheld: false, remarks: ['line_unknown'] },
  ].map((given) => unnumbered(call('c', given)));
  assert.deepEqual([page, hidden, none], ['call.web', 'call.withheld', 'call.no_number']);
});

describe('the queue', () => {
  test('follows the switch, and puts what it did not name behind, as it rang', () => {
    const calls = [call('a', { ring_at: '3' }), call('b', { ring_at: '1' }), call('c', { ring_at: '2' }), call('d', { ring_at: '0' })];
    assert.deepEqual(keys(inOrder(calls, ['c', 'a'])), ['c', 'a', 'd', 'b']);
  });
  test('without the word of the switch a caller whose desk was lost is in front, then the line, then the ring', () => {
    const calls = [call('late', { ring_at: '2' }), call('early', { ring_at: '1' }), call('other', { ring_at: '0', line_priority: 2 }), call('lost', { ring_at: '9', requeued: 1 })];
    assert.deepEqual(keys(inOrder(calls, [])), ['lost', 'early', 'late', 'other']);
  });
  test('before a desk is chosen everybody is asked who is not protected', () => {
    assert.equal(ringsHere(call('a'), 'desk_1'), true);
    assert.equal(ringsHere(call('a'), 'desk_1', true), false);
    assert.equal(ringsHere(call('a', { rung: ['desk_1'] }), 'desk_1', true), true);
  });
  test('F2 takes what is offered here before the head', () => {
    const waiting = [call('head', { rung: ['desk_2'] }), call('here', { rung: ['desk_1'] })];
    assert.equal(nextFor('desk_1', waiting)?.key, 'here');
    assert.equal(nextFor('desk_3', waiting)?.key, 'head');
    assert.equal(nextFor('desk_1', []), undefined);
  });
  test('it is loud where it was offered, everywhere when it was offered nowhere, and never after the answer', () => {
    assert.ok(ringsHere(call('a', { rung: ['desk_1'] }), 'desk_1'));
    assert.ok(!ringsHere(call('a', { rung: ['desk_1'] }), 'desk_2'));
    assert.ok(ringsHere(call('a'), null));
    assert.ok(!ringsHere(call('a', { state: 'answered', rung: ['desk_1'] }), 'desk_1'));
    assert.ok(!isOffered(call('a'), 'desk_1'), 'nobody declines what was not offered to them');
  });
});

describe('the ear of a desk', () => {
  test('hears its own talk before a held call, before a call it was brought into, before one it listens to', () => {
    const held = call('held', { state: 'held', desk: 'd' });
    const talk = call('talk', { state: 'answered', desk: 'd' });
    const guest = call('guest', { state: 'answered', desk: 'x', parties: [party({ desk: 'd' })] });
    const spied = call('spied', { state: 'answered', desk: 'y', supervisors: [{ desk: 'd' } as never] });
    assert.equal(heardAt([spied, guest, held, talk], 'd')?.key, 'talk');
    assert.equal(heardAt([spied, guest, held], 'd')?.key, 'held');
    assert.equal(heardAt([spied, guest], 'd')?.key, 'guest');
    assert.equal(heardAt([spied], 'd')?.key, 'spied');
    assert.equal(heardAt([talk], 'other'), undefined);
  });
  test('a call is over for it when the call is, or when the desk left it', () => {
    assert.equal(partOf(call('a', { state: 'ended', desk: 'd' }), 'd'), null);
    assert.equal(partOf(call('a', { state: 'transferred', desk: null }), 'd'), null);
    assert.equal(partOf(call('a', { state: 'answered', desk: 'x', parties: [party({ desk: 'd', state: 'left' })] }), 'd'), null);
    assert.equal(partOf(call('a', { state: 'calling', desk: 'd' }), 'd'), 'own');
  });
  test('a desk that was asked into a call sees it until it came or the asking ended', () => {
    assert.ok(invitation(call('a', { parties: [party({ desk: 'd', state: 'invited' })] }), 'd'));
    assert.equal(invitation(call('a', { parties: [party({ desk: 'd', state: 'failed' })] }), 'd'), undefined);
    assert.equal(invitation(call('a', { parties: [party({ desk: null, state: 'invited' })] }), null), undefined);
  });
});

describe('ringing back', () => {
  const at = (key: string, ended_at: string, risk: readonly string[] = []): CallRow => call(key, { state: 'abandoned', ended_at, risk });
  test('the weightiest reason decides before all others together, then who waits longest', () => {
    const calls = [at('new', '5'), at('old', '1'), at('many', '2', ['breathing', 'cut_in_interview', 'rang_long']), at('open', '9', ['open_incident'])];
    assert.deepEqual(keys(inRiskOrder(calls)), ['open', 'many', 'old', 'new']);
  });
  test('never by voice where somebody may listen, nor what a colleague has, nor without a number', () => {
    const list = [call('silent', { silent_only: true }), call('taken', { owner: 'dewi' }), call('bare', { number: null }), call('mine', { owner: 'rina' }), call('free')];
    assert.equal(nextCallback(list, 'rina')?.key, 'mine');
    assert.equal(nextCallback(list.slice(0, 3), 'rina'), undefined);
    const reached = call('reached', { callbacks: [{ by: 'out', outcome: 'reached', agent_name: 'Rina', at: '1' }] } as Partial<CallRow>);
    assert.equal(nextCallback([reached], 'rina'), undefined);
  });
});

describe('whom to bring in', () => {
  const contact = (key: string, id: string, number: string, aliases: string[] = []): Contact => ({ key, label: { id, en: id }, kind: 'agency', number, aliases, verified: false });
  const contacts = [contact('damkar', 'Dinas Pemadam Kebakaran', '113', ['Damkar']), contact('polisi', 'Polrestabes Semarang', '110'), contact('kariadi', 'RSUP dr. Kariadi', '0248413476')];
  const desks = [{ key: 'desk_2', name: 'Meja 2', agent_name: 'Dewi' }];
  const found = (typed: string): string[] => choicesFor(typed, contacts, desks, (one) => one.label.id).map((one) => one.key);
  test('by any part of any name, the beginnings first', () => {
    assert.deepEqual(found('kar'), ['contact:damkar', 'contact:kariadi'].sort((a) => (a === 'contact:kariadi' ? -1 : 1)));
    assert.deepEqual(found('semarang polres'), ['contact:polisi']);
    assert.deepEqual(found('dewi'), ['desk:desk_2']);
    assert.deepEqual(found('xyz'), []);
  });
  test('a number is rung as it was typed, and a known one is named', () => {
    assert.deepEqual(found('113'), ['contact:damkar', 'number:113']);
    assert.deepEqual(found('0812-3456 789'), ['number:08123456789']);
    assert.equal(numberIn('11'), null);
    assert.equal(numberIn('+62 812 345'), '+62812345');
    assert.equal(numberIn('meja 2'), null);
  });
});

test('a mean opinion score in words', () => {
  assert.deepEqual([4.3, 3.3, 2.1, null].map(soundOf), ['good', 'fair', 'bad', null]);
});

describe('many attempts at once that tell nothing', () => {
  const at = (second: number): string => new Date(Date.UTC(2026, 10, 27, 9) + 1000 * second).toISOString();
  const of = (key: string, second: number, given: Partial<CallRow> = {}): CallRow =>
    call(key, { ring_at: at(second), ended_at: at(second + 1), ended_by: 'caller', answered_at: null, keys: '', callback_due_at: at(61), place: null, positions: [], remarks: [], training: false, number: { text: key } as never, ...given });
  const flood = (n: number, given: Partial<CallRow> = {}): CallRow[] => Array.from({ length: n }, (_, i) => of(`f${i}`, 2 * i, given));
  const shown = (...calls: CallRow[]): [string[], number] => {
    const found = burstsLast(byNumber(calls), []);
    return [keys(found.map((one) => one.lead)), found.filter((one) => one.in_burst).length];
  };

  test('stand behind everybody else, in their order, and none is lost', () => {
    const real = [of('long', 1, { ended_at: at(9) }), of('risk', 3, { risk: ['repeat'] }), of('talked', 5, { answered_at: at(6) }), of('lines', 7, { ended_by: 'switch' })];
    const [order, behind] = shown(...flood(9), ...real);
    assert.deepEqual([order.slice(0, 4), order.slice(4), behind], [keys(real), keys(flood(9)), 9]);
    const refused = shown(...flood(9, { ended_by: 'switch', remarks: ['not_rung'] }), ...real);
    assert.deepEqual(refused, [order, 9]);
  });
  test('are each for themselves while they are few, far apart, or of one number', () => {
    assert.equal(shown(...flood(8))[1], 0);
    assert.equal(shown(...flood(20).map((one, i) => ({ ...one, ring_at: at(20 * i), ended_at: at(20 * i + 1) })))[1], 0);
    assert.equal(shown(...flood(20, { number: { text: '0811' } as never }))[1], 0);
    assert.equal(shown(...flood(8), of('mine', 3, { owner: 'rina' }))[1], 0);
  });
  test('hide nobody who is known by anything, however short the call was', () => {
    const real: Record<string, Partial<CallRow>> = {
      'an open incident': { risk: ['open_incident'] }, 'rang before, or after': { risk: ['repeat'] }, 'was spoken with since': { callbacks: [{ outcome: 'reached' }] as never },
      'pressed a key': { keys: '5' }, 'wrote a line': { has_written: true }, 'the page told where': { place: { source: 'device' } as never }, 'the telephone told where': { positions: [{ source: 'aml' }] as never },
      'nobody was asked yet': { callback_due_at: null },
    };
    for (const [who, given] of Object.entries(real)) {
      const [order, behind] = shown(...flood(30), of(who, 20, given));
      assert.deepEqual([order[0], behind], [who, 30], who);
    }
    const [twice, folded] = shown(...flood(30), of('one', 20, { number: { text: '0811' } as never }), of('two', 24, { number: { text: '0811' } as never }));
    assert.deepEqual([twice[0], folded], ['one', 30], 'rang twice in it, while the room could not be asked');
    const waits = call('now', { number: { text: 'f3' } as never });
    const found = burstsLast(byNumber(flood(30)), [waits]);
    assert.deepEqual([found[0]!.lead.key, found.filter((one) => one.in_burst).length], ['f3', 29], 'rings again after the flood');
    assert.equal(shown(...flood(30, { number: null }))[1], 30, 'numbers that are hidden are not one number');
    assert.equal(shown(...flood(30), of('cell', 20, { place: { source: 'network' } as never }))[1], 31, 'a network tells it of everybody');
  });
});

describe('who was cut off again and again', () => {
  const of = (key: string, number: string | null, ended_at: string, given: Partial<CallRow> = {}): CallRow =>
    call(key, { ended_at, training: false, number: number === null ? null : ({ text: number } as never), ...given });
  const reached = (at: string) => [{ by: 'out', outcome: 'reached', at, agent_name: 'Rina' }] as never;

  test('is one line where their first call stands, with the number of calls, the last time and every risk', () => {
    const calls = [of('a', '0811', '3', { risk: ['silent'] }), of('b', '0812', '1'), of('c', '0811', '7', { risk: ['breathing'] }), of('d', '0811', '5')];
    const [first, second, ...rest] = byNumber(calls);
    assert.deepEqual([keys(first!.calls), first!.lead.key, first!.latest_at, first!.risk], [['a', 'c', 'd'], 'a', '7', ['breathing', 'silent']]);
    assert.deepEqual([keys(second!.calls), rest], [['b'], []]);
  });
  test('without a number each is a line of its own, and training is another world', () => {
    assert.equal(byNumber([of('a', null, '1'), of('b', null, '2')]).length, 2);
    assert.equal(byNumber([of('a', '0811', '1'), of('b', '0811', '2', { training: true })]).length, 2);
  });
  test('nobody rings a number that a colleague has, that may not be rung, or that was reached since', () => {
    const rung = (...calls: CallRow[]): string | undefined => nextCallback(byNumber(calls).map((one) => one.lead), 'me')?.key;
    assert.equal(rung(of('a', '0811', '1'), of('b', '0811', '2', { owner: 'other' })), undefined);
    assert.equal(rung(of('a', '0811', '1'), of('b', '0811', '2', { owner: 'me' })), 'b');
    assert.equal(rung(of('a', '0811', '1'), of('b', '0811', '2', { silent_only: true })), undefined);
    assert.equal(rung(of('a', '0811', '1', { callbacks: reached('3') }), of('b', '0811', '2')), undefined);
    assert.equal(rung(of('a', '0811', '1', { callbacks: reached('3') }), of('b', '0811', '4')), 'b');
  });
});
