/** The words of the citizen's page: the same in three languages, every one of them used, and there before any script. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hints, saying, START, type MicrophoneState, type Stage, type View } from '../../web/citizen/view.ts';

const web = new URL('../../web/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, web), 'utf8');
const words = Object.fromEntries(
  ['id', 'jv', 'en'].map((language) => [language, JSON.parse(read(`locales/warga/${language}.json`)) as Record<string, string>]),
);
const id = words['id'] ?? {};
const page = read('warga.html');

test('every language has the same words with the same parameters, sorted', () => {
  for (const [language, catalogue] of Object.entries(words)) {
    assert.deepEqual(Object.keys(catalogue), Object.keys(id).sort(), language);
    for (const [key, text] of Object.entries(catalogue)) {
      assert.ok(text.trim() !== '', `${language} ${key}`);
      assert.deepEqual(text.match(/\{\w+\}/g), id[key]?.match(/\{\w+\}/g), `${language} ${key}`);
    }
  }
});

test('what the page shows before its script runs is what the catalogue says', () => {
  for (const [, key = '', text = ''] of page.matchAll(/data-t="([^"]+)"[^>]*>([^<]*)</g)) {
    assert.ok(key in id, key);
    if (text !== '') assert.ok(id[key]?.startsWith(text), `${key}: ${text}`);
  }
  for (const [, key = ''] of page.matchAll(/data-(?:label|hint)="([^"]+)"/g)) assert.ok(key in id, key);
  assert.match(page, /<a [^>]*href="tel:112"/);
});

test('every state of a call has its words, and every word its place', () => {
  const used = new Set([...page.matchAll(/data-(?:t|label|hint)="([^"]+)"/g)].map((match) => match[1]));
  const code = readdirSync(new URL('citizen/', web)).filter((name) => name.endsWith('.ts'));
  const source = code.map((name) => read(`citizen/${name}`)).join();
  for (const [, key] of source.matchAll(/'((?:\w+)\.(?:\w+))'/g)) used.add(key);
  for (const view of views()) for (const key of [saying(view), ...hints(view)]) used.add(key), assert.ok(key in id, key);
  for (const why of ['late', 'away', 'full', 'lost']) used.add(`fallback.${why}`);
  for (const by of ['you', 'desk']) used.add(`text.${by}`);
  assert.deepEqual(Object.keys(id).filter((key) => !used.has(key)), []);
});

function views(): View[] {
  const stages: Stage[] = ['start', 'ringing', 'waiting', 'talking', 'held', 'passed', 'over'];
  const microphones: MicrophoneState[] = ['off', 'asking', 'open', 'denied', 'absent'];
  const found: View[] = [];
  for (const stage of stages)
    for (const microphone of microphones)
      for (const place of ['off', 'asking', 'sent', 'unknown'] as const)
        for (const is of [true, false])
          for (const position of [null, 1, 2])
            for (const ended_by of ['self', 'other', 'lost'] as const)
              for (const path of ['broken', 'connected'] as const) {
                const same = { is_known: is, was_answered: is, only_types: !is, accuracy_m: is ? 5 : null };
                found.push({ ...START, ...same, stage, microphone, place, position, ended_by, path, is_connected: true, is_muted: position === 1 });
                found.push({ ...START, ...same, stage, microphone, place, position, ended_by, path });
              }
  return found;
}
