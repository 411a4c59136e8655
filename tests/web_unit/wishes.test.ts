/* What a crew wants, with the taps that the network has not taken yet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyCommand } from '../../web/wire/commands.ts';
import type { HelpWanted } from '../../web/wire/rows.ts';
import { wishesWith } from '../../web/unit/wishes.ts';

const NOON = '2026-11-27T05:00:00Z';
const LATER = '2026-11-27T05:20:00Z';
const ask = (what: HelpWanted['what']): AnyCommand => ({ type: 'incident.request_help', incident: 'i1', what, unit: 'AMB01' });
const back = (what: HelpWanted['what']): AnyCommand => ({ type: 'incident.withdraw_help', incident: 'i1', what, unit: 'AMB01' });
const tap = (command: AnyCommand, tapped_at = LATER) => ({ command, tapped_at });
const known = (answered_at: string | null): HelpWanted => ({ what: 'police', unit: 'AMB01', agency: null, words: null, at: NOON, agent_name: 'Awak', answered_at, answered_by: '' });
const said = (wishes: readonly HelpWanted[]): string[] => wishes.map(({ what, at, answered_at }) => `${what} ${at === NOON ? 'noon' : 'later'} ${answered_at === null ? 'open' : 'seen to'}`);

test('a tap that waits shows with its own time, one taken back shows nothing', () => {
  assert.deepEqual(said(wishesWith([], [tap(ask('police')), tap(ask('other'))])), ['police later open', 'other later open']);
  assert.deepEqual(wishesWith([], [tap(ask('police')), tap(back('police'))]), []);
  assert.deepEqual(wishesWith([known(null)], [tap(back('police'))]), []);
});

test('asked again while it stands it is the same; what was seen to is asked anew', () => {
  assert.deepEqual(said(wishesWith([known(null)], [tap(ask('police'))])), ['police noon open']);
  assert.deepEqual(said(wishesWith([known(NOON)], [tap(ask('police'))])), ['police later open']);
  assert.deepEqual(said(wishesWith([known(NOON)], [])), ['police noon seen to']);
});
