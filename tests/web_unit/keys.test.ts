/** A pressed key does one thing, and never takes a letter from a text field. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHORD_MS, KEPT_MOST, KEPT_MS, Keys, nameOf, type Binding } from '../../web/ui/keys.ts';
import { needOf } from '../../web/console/key-needs.ts';
import { comboKey } from '../../web/ui/combobox.ts';

function pressed(key: string, code: string, modifiers: Partial<Record<'ctrl' | 'alt' | 'shift' | 'meta', boolean>> = {}) {
  const { ctrl = false, alt = false, shift = false, meta = false } = modifiers;
  return { key, code, ctrlKey: ctrl, altKey: alt, shiftKey: shift, metaKey: meta };
}

function bench() {
  let time = 0;
  const ran: string[] = [];
  const keys = new Keys(() => time);
  const bind = (name: string, more: Partial<Binding> = {}): Binding => ({ keys: name, label: 'key.help', where: 'everywhere', run: () => ran.push(name), ...more });
  return { keys, ran, bind, wait: (ms: number) => (time += ms) };
}

test('keys are named as they are printed', () => {
  const cases: [ReturnType<typeof pressed>, string][] = [
    [pressed('n', 'KeyN'), 'N'],
    [pressed('S', 'KeyS', { shift: true }), 'Shift+S'],
    [pressed('?', 'Slash', { shift: true }), '?'],
    [pressed('F7', 'F7', { shift: true }), 'Shift+F7'],
    [pressed('Enter', 'Enter', { ctrl: true }), 'Ctrl+Enter'],
    [pressed('¡', 'Digit1', { alt: true }), 'Alt+1'],
    [pressed('L', 'KeyL', { ctrl: true, shift: true }), 'Ctrl+Shift+L'],
    [pressed(' ', 'Space'), 'Space'],
    [pressed('Shift', 'ShiftLeft', { shift: true }), ''],
  ];
  for (const [event, name] of cases) assert.equal(nameOf(event), name);
});

test('letters work outside text fields only; function keys work everywhere', () => {
  const { keys, ran, bind } = bench();
  keys.add([bind('N'), bind('F2'), bind('Ctrl+Enter'), bind('Y', { in_fields: true })]);
  for (const name of ['N', 'F2', 'Ctrl+Enter', 'Y']) keys.press(name, true);
  assert.deepEqual(ran, ['F2', 'Ctrl+Enter', 'Y']);
  assert.equal(keys.press('N', false), 'ran');
});

test('single letters can be switched off, help cannot', () => {
  const { keys, ran, bind } = bench();
  keys.add([bind('N'), bind('?'), bind('P 1')]);
  keys.single_letters = false;
  for (const name of ['N', '?', 'P']) keys.press(name, false);
  assert.deepEqual(ran, ['?']);
});

test('a chord takes its second key, gives up after a while, and ends with Escape', () => {
  const { keys, ran, bind, wait } = bench();
  keys.add([bind('F9 1'), bind('1'), bind('Escape')]);
  assert.equal(keys.press('F9', true), 'started');
  assert.equal(keys.press('1', true), 'ran');
  assert.deepEqual(ran, ['F9 1']);
  keys.press('F9', false);
  wait(CHORD_MS);
  keys.press('1', false);
  assert.deepEqual(ran, ['F9 1', '1']);
  keys.press('F9', false);
  assert.equal(keys.press('Escape', false), 'cancelled');
  assert.equal(keys.started, null);
});

test('the newest binding wins while it is on, and the older one has its turn again', () => {
  const { keys, ran, bind } = bench();
  let on = true;
  keys.add([bind('Enter')]);
  const remove = keys.add([bind('Enter', { when: () => on, run: () => ran.push('new') })]);
  keys.press('Enter', false);
  on = false;
  keys.press('Enter', false);
  on = true;
  remove();
  keys.press('Enter', false);
  assert.deepEqual(ran, ['new', 'Enter', 'Enter']);
});

test('keys pressed before a screen listens are kept for it, in their order', async () => {
  const { keys, ran, bind } = bench();
  keys.add([bind('F10')]);
  assert.equal(keys.press('F4', false), 'none');
  keys.expect('calls');
  assert.deepEqual(['F4', 'F10', 'F9', '1'].map((name) => keys.press(name, false)), ['kept', 'ran', 'kept', 'kept']);
  keys.add([bind('F4', { where: 'fleet', run: () => ran.push('of another screen') })]);
  await Promise.resolve();
  assert.deepEqual(ran, ['F10']);
  keys.add([bind('F4', { where: 'calls' }), bind('F9 1', { where: 'calls' })]);
  await Promise.resolve();
  assert.deepEqual(ran, ['F10', 'F4', 'F9 1']);
  assert.equal(keys.press('F8', false), 'none');
});

test('what waits for a screen is little, does not wait long, and is for no other', async () => {
  const { keys, ran, bind, wait } = bench();
  const calls = (): (() => void) => keys.add([bind('F4', { where: 'calls' })]);
  keys.expect('calls');
  for (const name of ['Tab', 'F5', 'Ctrl+R', 'Ctrl+V']) assert.equal(keys.press(name, false), 'none');
  for (const name of ['N', 'Enter']) assert.equal(keys.press(name, true), 'none');
  const outcomes = Array.from({ length: KEPT_MOST + 1 }, () => keys.press('F4', true));
  assert.deepEqual(outcomes, [...Array.from({ length: KEPT_MOST }, () => 'kept'), 'none']);
  keys.expect('fleet');
  calls()();
  keys.add([bind('F4', { where: 'fleet' })])();
  await Promise.resolve();
  assert.deepEqual(ran, []);
  keys.expect('calls');
  keys.press('F4', false);
  wait(KEPT_MS);
  calls()();
  await Promise.resolve();
  assert.deepEqual(ran, []);
});

test("the browser's own keys cannot be taken", () => {
  const { keys, bind } = bench();
  for (const name of ['Ctrl+N', 'Ctrl+T', 'Ctrl+W', 'F5', 'F11', 'F12', 'Alt+F4']) assert.throws(() => keys.add([bind(name)]));
});

test('a combobox accepts with Enter, ignores with Tab, closes with Escape and wraps around', () => {
  const open = { open: true, active: 0, count: 3 };
  assert.deepEqual(comboKey('Enter', open), { action: 'accept', active: 0 });
  assert.deepEqual(comboKey('Tab', open), { action: 'ignore', active: -1 });
  assert.deepEqual(comboKey('Escape', open), { action: 'close', active: -1 });
  assert.equal(comboKey('ArrowUp', open).active, 2);
  assert.equal(comboKey('ArrowDown', { ...open, active: 2 }).active, 0);
  assert.equal(comboKey('PageDown', open).active, 2);
  assert.equal(comboKey('ArrowDown', { open: false, active: -1, count: 0 }).action, 'open');
  assert.equal(comboKey('Enter', { open: false, active: 0, count: 3 }).action, 'pass');
  assert.equal(comboKey('x', open).action, 'pass');
});

test('a combobox whose first proposal is not sure takes it with the second Enter', () => {
  const unsure = { open: true, active: -1, count: 3 };
  assert.deepEqual(comboKey('Enter', unsure), { action: 'move', active: 0 });
  assert.deepEqual(comboKey('Enter', { ...unsure, active: 0 }), { action: 'accept', active: 0 });
  assert.equal(comboKey('ArrowDown', unsure).active, 0);
});

test('the list of keys names those too that do not work now, and one line for each thing a key does', () => {
  const keys = new Keys(() => 0);
  let has_call = false;
  const run = (): void => undefined;
  keys.add([
    { keys: 'F4', label: 'key.end', where: 'calls', when: () => has_call, run },
    { keys: 'F2', label: 'key.answer', where: 'calls', when: () => !has_call, run },
    { keys: 'F2', label: 'call.finish', where: 'calls', when: () => false, run },
    { keys: 'N', label: 'key.without_call', where: 'calls', run },
  ]);
  const told = (): string[] => keys.listed().map(({ binding, works }) => `${binding.keys} ${works ? 'works' : needOf(binding.label, keys.single_letters || binding.keys !== 'N')}`);
  assert.deepEqual(told(), ['F4 needs.call', 'F2 works', 'F2 needs.over', 'N works']);
  has_call = true;
  keys.single_letters = false;
  assert.deepEqual(told(), ['F4 works', 'F2 needs.waiting', 'F2 needs.over', 'N needs.letters']);
});

test('no key acts on what an open dialog lies over; a ringing call is answered all the same', () => {
  const { keys, ran, bind } = bench();
  keys.add([bind('F2', { over_dialog: true, when: () => false }), bind('F2', { run: () => ran.push('put away') })]);
  keys.add(['F8', 'Ctrl+Enter', 'Ctrl+I', 'F9 1', 'N', 'Alt+1'].map((name) => bind(name)));
  keys.press('F9', false); // begun before the dialog opened
  keys.in_dialog = true;
  assert.equal(keys.press('1', true), 'none');
  for (const name of ['F2', 'F8', 'Ctrl+Enter', 'Ctrl+I', 'F9', 'Alt+1']) assert.equal(keys.press(name, true), 'behind', name);
  for (const name of ['1', 'N', 'Tab', 'Ctrl+C']) assert.equal(keys.press(name, true), 'none', `${name} is the dialog's`);
  assert.equal(ran.length, 0);
  keys.add([bind('F2', { over_dialog: true, run: () => ran.push('answered') })]);
  keys.press('F2', true);
  keys.in_dialog = false;
  keys.press('F8', false);
  assert.deepEqual(ran, ['answered', 'F8']);
});

test('what is pressed over a dialog is not kept for a screen on its way', () => {
  const { keys, ran, bind } = bench();
  keys.expect('calls');
  keys.in_dialog = true;
  keys.press('F8', true);
  keys.in_dialog = false;
  keys.add([bind('F8', { where: 'calls' })]);
  return Promise.resolve().then(() => assert.deepEqual(ran, []));
});
