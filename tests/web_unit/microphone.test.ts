/** The desk's microphone: a headset that is pulled out and put back speaks again, and the one in use is said. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Microphone } from '../../web/phone/microphone.ts';

class FakeTrack {
  readyState = 'live';
  readonly label: string;
  constructor(label: string) {
    this.label = label;
  }
  getSettings(): object {
    return settingsOf(this.label);
  }
  stop(): void {
    this.readyState = 'ended';
  }
}

let there: string[] = [];
let opened: FakeTrack[] = [];
let is_busy = false;
/** The browser calls the first device "default", whatever that is. */
let is_default = false;

const settingsOf = (device: string): object => ({ deviceId: is_default ? 'default' : device, groupId: `group of ${device}` });

/** As browsers do: the wished device where it is there, any other one where it is not. */
async function getUserMedia(how: MediaStreamConstraints): Promise<unknown> {
  await Promise.resolve();
  const { deviceId } = how.audio as { deviceId?: { ideal: string } };
  const device = there.find((one) => one === deviceId?.ideal) ?? there[0];
  if (device === undefined || is_busy) throw new DOMException('none', 'NotFoundError');
  const track = new FakeTrack(device);
  opened.push(track);
  return { getTracks: () => [track], getAudioTracks: () => [track] };
}

const live = (): string[] => opened.filter((one) => one.readyState === 'live').map((one) => one.label);

function pull(device: string): void {
  there = there.filter((one) => one !== device);
  for (const track of opened) if (track.label === device) track.stop();
}

beforeEach(() => {
  there = ['headset', 'laptop'];
  opened = [];
  is_busy = is_default = false;
  const enumerateDevices = async (): Promise<unknown> => (is_default ? there.slice(0, 1) : there).map((device) => ({ kind: 'audioinput', ...settingsOf(device) }));
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { mediaDevices: { getUserMedia, enumerateDevices } } });
  Object.assign(globalThis, { location: { href: 'https://centre.example/' } });
});

for (const chosen of ['headset', '']) {
  test(`the headset is taken back when it is there again, chosen ${chosen === '' ? 'by the browser' : 'by a person'}`, async () => {
    const microphone = new Microphone();
    await microphone.open(chosen, null);
    assert.equal(microphone.other, '');
    pull('headset');
    assert.equal(await microphone.again(null), true);
    assert.deepEqual([microphone.other, live()], ['laptop', ['laptop']]);
    assert.equal(await microphone.again(null), false, 'something else came or went');
    there.push('headset');
    assert.equal(await microphone.again(null), true);
    assert.deepEqual([microphone.other, live()], ['', ['headset']]);
  });
}

for (const chosen of ['headset', '']) {
  test(`one that could not be opened at first is opened when it comes, and is the chosen one, chosen ${chosen === '' ? 'by nobody' : 'by a person'}`, async () => {
    const microphone = new Microphone();
    there = [];
    assert.equal(await microphone.open(chosen, null), 'absent');
    assert.equal(await microphone.again(null), true, 'something came or went');
    there = ['headset'];
    assert.equal(await microphone.again(null), true);
    assert.deepEqual([microphone.state, microphone.other, live()], ['open', '', ['headset']]);
    there.push('laptop');
    pull('headset');
    await microphone.again(null);
    assert.deepEqual([microphone.other, live()], ['laptop', ['laptop']]);
    there.push('headset');
    assert.equal(await microphone.again(null), true);
    assert.deepEqual([microphone.other, live()], ['', ['headset']]);
  });
}

test('the default that became another one is taken back, too', async () => {
  const microphone = new Microphone();
  is_default = true;
  await microphone.open('', null);
  pull('headset');
  await microphone.again(null);
  assert.deepEqual([microphone.other, live()], ['laptop', ['laptop']]);
  there.unshift('headset');
  assert.equal(await microphone.again(null), true);
  assert.deepEqual([microphone.other, live()], ['', ['headset']]);
});

test('two events for one headset open it once', async () => {
  const microphone = new Microphone();
  await microphone.open('headset', null);
  pull('headset');
  assert.deepEqual(await Promise.all([microphone.again(null), microphone.again(null)]), [true, false]);
  assert.deepEqual([opened.length, live()], [2, ['laptop']]);
});

test('what speaks goes on where the chosen one cannot be opened yet', async () => {
  const microphone = new Microphone();
  await microphone.open('headset', null);
  pull('headset');
  await microphone.again(null);
  there.push('headset');
  is_busy = true;
  await microphone.again(null);
  assert.deepEqual([microphone.state, live()], ['open', ['laptop']]);
});

test('a microphone that is closed while it opens is not left open', async () => {
  const microphone = new Microphone();
  const opening = microphone.open('headset', null);
  await Promise.resolve();
  microphone.close();
  assert.equal(await opening, 'closed');
  assert.deepEqual(live(), []);
});

test('an opening that is overtaken ends with the other one: there is a microphone then', async () => {
  const microphone = new Microphone();
  const opening = microphone.open('', null);
  void microphone.open('', null);
  assert.equal(await opening, 'open');
  assert.deepEqual([microphone.track?.readyState, live()], ['live', ['headset']]);
});

test('of two that are chosen one after the other only the last one is open', async () => {
  const microphone = new Microphone();
  await Promise.all([microphone.open('headset', null), microphone.open('laptop', null)]);
  assert.deepEqual([microphone.other, live()], ['', ['laptop']]);
});
