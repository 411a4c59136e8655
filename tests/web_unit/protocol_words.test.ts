/** A protocol is read as questions and steps, never as keys. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choicesOf, doneWords, officesOf, remarkWords, unlessWords, unsignedOf, whenWords, type Asked, type Names } from '../../web/console/admin/protocol-words.ts';
import en from '../../web/locales/atur/en.json' with { type: 'json' };

const names: Names = {
  say: (key, params = {}) => en[key].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name])),
  text: (text) => text.en,
  answer: (key) => ({ yes: 'yes', no: 'no', unknown: 'not known' })[key] ?? key,
  agency: (key) => key.toUpperCase(),
  nature: (code) => `${code} Cardiac arrest`,
  script: (key) => key,
};
const text = (words: string) => ({ id: words, en: words });
const awake: Asked = { key: 'awake', text: text('Awake?'), answer: 'yes_no' };
const age: Asked = { key: 'age', text: text('How old?'), answer: 'number', unless: { awake: ['yes'] } };
const burning: Asked = { key: 'burning', text: text('What burns?'), answer: 'choice', options: [{ key: 'gas', text: text('gas') }, { key: 'house', text: text('a house') }] };

test('who signed is looked for in the files and among the signatures, for exactly these words', () => {
  const one = (protocol: string, signed_by: string | null = null) => ({ protocol, version: 2, digest: 'd', signed_by, authority: ['doctor'] });
  const given = { version: 2, digest: 'd', authority: 'doctor' };
  const found = unsignedOf([one('T01'), one('T02'), one('T03', 'dr'), one('T04')], [{ ...given, protocol: 'T02' }, { ...given, protocol: 'T04', version: 1 }, { ...given, protocol: 'T01', digest: 'other' }]);
  assert.deepEqual(found.map(({ protocol }) => protocol), ['T01', 'T04']);
});

test('two authorities are two signatures, and an account signs as one of them', () => {
  const t01 = { protocol: 'T01', version: 2, digest: 'd', signed_by: null, authority: ['fire', 'doctor'] };
  const by = (signer: string, authority: string, protocol = 'T01') => ({ protocol, version: 2, digest: 'd', authority, signer, signed_by: signer, signed_at: '' });
  assert.equal(unsignedOf([t01], [by('ani', 'doctor')]).length, 1);
  assert.equal(unsignedOf([t01], [by('ani', '')]).length, 1);
  assert.equal(unsignedOf([t01], [by('ani', 'doctor'), by('tono', 'fire')]).length, 0);
  assert.equal(unsignedOf([t01], [by('ani', ''), by('tono', 'fire')]).length, 0);
  const offices = ['fire', 'doctor', 'police'];
  assert.deepEqual(officesOf(t01, [], 'ani', offices), ['fire', 'doctor']);
  assert.deepEqual(officesOf(t01, [by('ani', 'doctor')], 'ani', offices), []);
  assert.deepEqual(officesOf(t01, [by('ani', 'doctor', 'T02')], 'ani', offices), ['doctor']);
  assert.deepEqual(officesOf(t01, [by('ani', 'police', 'T05')], 'ani', offices), []);
  assert.deepEqual(officesOf(t01, [by('ani', 'gone', 'T05')], 'ani', offices), ['fire', 'doctor']);
});

test('what may be answered, and when a question is left out', () => {
  assert.equal(choicesOf(awake, names), 'yes, no, not known');
  assert.equal(choicesOf(burning, names), 'gas, a house');
  assert.equal(choicesOf(age, names), 'a number');
  assert.deepEqual(unlessWords(age, [awake, age], names), ['Not asked once “Awake?” was answered yes']);
});

test('when a rule holds, by the words of the answers', () => {
  const asked = [awake, age, burning];
  assert.equal(whenWords({ answer: ['no', 'unknown'] }, awake, asked, names), 'If no or not known');
  assert.equal(whenWords({ at_most: 12, also: { awake: ['no'] } }, age, asked, names), 'If 12 or less, and “Awake?” was answered no');
  assert.equal(whenWords({ at_least: 2, at_most: 7 }, age, asked, names), 'If 2 to 7');
  assert.equal(whenWords({ answer: ['gas'] }, burning, asked, names), 'If gas');
  assert.equal(whenWords({ also: { burning: ['house'] } }, age, asked, names), 'Whatever the answer, and “What burns?” was answered a house');
});

test('what it does, part by part', () => {
  const read_out = [{ key: 'escape', name: text('Get out') }];
  const rule = { priority: 'P1', add: ['pln'], nature: 'MED-01', instructions: 'escape', shield_desk: true, leave: true };
  assert.equal(doneWords(rule, read_out, names).join('; '), 'priority P1; the kind becomes MED-01 Cardiac arrest; involve PLN; read out “Get out”; no other call rings at the desk; leave this guide');
});

test('a remark is in the language of the page, and as it was typed where it has only one', () => {
  assert.equal(remarkWords({ id: 'Batas umur ditetapkan direktur medis', en: 'The age limit is for the medical director' }, names), 'The age limit is for the medical director');
  assert.equal(remarkWords('By appointment', names), 'By appointment');
});
