/** What may be opened later is fetched while the link is there, and a part that cannot be fetched is waited for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesOf, type Manifest } from '../../web/console/fetch-ahead.ts';
import { Wanted } from '../../web/ui/wanted.ts';

const manifest: Manifest = {
  'konsol.html': { file: 'assets/konsol.js', css: ['assets/konsol.css'], imports: ['_meja.js'] },
  '_meja.js': {
    file: 'assets/meja.js',
    dynamicImports: ['console/Help.svelte', 'console/calls/Screen.svelte', 'console/admin/Screen.svelte', 'locales/id.json', 'locales/en.json'],
  },
  'console/Help.svelte': { file: 'assets/Help.js', css: ['assets/Help.css'], imports: ['_meja.js'] },
  'console/calls/Screen.svelte': { file: 'assets/calls.js', imports: ['_meja.js'], dynamicImports: ['console/calls/Keypad.svelte', 'map/Map.svelte'] },
  'console/calls/Keypad.svelte': { file: 'assets/Keypad.js', css: ['assets/Keypad.css'], imports: ['_digits.js', '_meja.js'] },
  '_digits.js': { file: 'assets/digits.js', imports: ['_meja.js'] },
  'console/admin/Screen.svelte': { file: 'assets/admin.js', dynamicImports: ['console/admin/Tables.svelte'] },
  'console/admin/Tables.svelte': { file: 'assets/Tables.js' },
  'map/Map.svelte': { file: 'assets/Map.js', dynamicImports: ['map/city-map.ts'] },
  'map/city-map.ts': { file: 'assets/city-map.js' },
  'locales/id.json': { file: 'assets/id.js' },
  'locales/en.json': { file: 'assets/en.js' },
};

test('all that these screens may open is fetched once, the nearest first and what it needs before it; no other screen or language', () => {
  assert.deepEqual(filesOf(manifest, ['calls'], 'id'), [
    'assets/meja.js',
    'assets/konsol.js',
    'assets/konsol.css',
    'assets/calls.js',
    'assets/Help.js',
    'assets/Help.css',
    'assets/id.js',
    'assets/digits.js',
    'assets/Keypad.js',
    'assets/Keypad.css',
    'assets/Map.js',
  ]);
  assert.ok(filesOf(manifest, ['admin'], 'en').includes('assets/Tables.js'));
  assert.deepEqual(filesOf({}, ['calls'], 'id'), []);
});

test('a part that cannot be fetched is told, waits, and is there as soon as it can be', async () => {
  const told: number[] = [];
  const wanted = new Wanted((missing) => told.push(missing));
  let is_cut = true;
  const load = (name: string) => () => (is_cut ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve(name));
  const got: string[] = [];
  for (const name of ['Keypad', 'Palette']) void wanted.get(load(name)).then((part) => got.push(part));
  const turn = (): Promise<void> => new Promise((resume) => setTimeout(resume));
  await turn();
  assert.deepEqual([told, got], [[1, 2], []]);
  wanted.again();
  await turn();
  assert.deepEqual([told, got], [[1, 2, 0, 1, 2], []]);
  is_cut = false;
  wanted.again();
  await turn();
  assert.deepEqual(got, ['Keypad', 'Palette']);
  assert.equal(told.at(-1), 0);
});
