/** The journal says what changed: what it was and what it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeWords, type Names, type Told } from '../../web/console/admin/journal-words.ts';

const names: Names = { field: (name) => name.toUpperCase(), value: (field, value) => (field === 'version' && value === '0' ? 'as delivered' : `<${value}>`) };
const account = (kind: string, facts: Record<string, string>): Told => ({ kind: `account.${kind}`, stream: 'accounts:all', facts: { account: 'a-1', ...facts } });

test('a change of an account says the old and the new, and nothing that stayed', () => {
  const older = [
    account('signed_out', { reason: 'lost' }),
    { ...account('opened', { roles: 'admin', label: 'Other' }), facts: { account: 'a-2', roles: 'admin', label: 'Other' } },
    account('opened', { roles: 'call_taker', label: 'Rina', reason: 'new' }),
  ];
  const one = account('changed', { roles: 'call_taker, dispatcher', label: 'Rina', reason: 'moved' });
  assert.deepEqual(changeWords(one, older, names), ['ROLES: <call_taker> → <call_taker, dispatcher>', 'REASON: <moved>']);
  assert.deepEqual(changeWords(one, [], names), ['ROLES: <call_taker, dispatcher>', 'LABEL: <Rina>', 'REASON: <moved>']);
});

test('a version in use is told with the one before it, and no digest is', () => {
  assert.deepEqual(changeWords({ kind: 'pack.activated', stream: 'pack:city', facts: { number: '2', before: '0' } }, [], names), ['VERSION: as delivered → <2>']);
  assert.deepEqual(changeWords({ kind: 'pack.protocol_signed', stream: 'pack:city', facts: { protocol: 'T02', digest: 'ab12' } }, [], names), ['PROTOCOL: <T02>']);
});
