/** A desk's sound survives a change of network: a new way over the same connection first, everything anew only then. */
import assert from 'node:assert/strict';
import { beforeEach, describe, mock, test } from 'node:test';
import { BROKEN_MS, Phone, RESTART_MS, type PhoneState } from '../../web/phone/phone.ts';

class FakeConnection {
  static all: FakeConnection[] = [];
  connectionState = 'new';
  iceConnectionState = 'new';
  ontrack: unknown = null;
  onconnectionstatechange: (() => void) | null = null;
  closed = false;
  ways: { direction: string; sender: { track: unknown; replaceTrack: (track: unknown) => Promise<void> } }[] = [];
  constructor() {
    FakeConnection.all.push(this);
  }
  addTransceiver(of: unknown, { direction }: { direction: string }): void {
    const sender = { track: of === 'audio' ? null : of, replaceTrack: async (track: unknown) => void (sender.track = track) };
    this.ways.push({ direction, sender });
  }
  getTransceivers(): FakeConnection['ways'] {
    return this.ways;
  }
  createOffer(how?: { iceRestart?: boolean }): Promise<{ sdp: string }> {
    return Promise.resolve({ sdp: how?.iceRestart ? 'restart' : 'offer' });
  }
  setLocalDescription(): Promise<void> {
    return Promise.resolve();
  }
  setRemoteDescription(): Promise<void> {
    return Promise.resolve();
  }
  close(): void {
    this.closed = true;
  }
  become(state: string): void {
    this.connectionState = this.iceConnectionState = state;
    this.onconnectionstatechange?.();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('the phone', () => {
  let asked: { sdp: string; restart: boolean }[] = [];
  let states: PhoneState[] = [];
  let answer: string | null = 'answer';
  let phone: Phone;

  beforeEach(async () => {
    mock.timers.reset();
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    Object.assign(globalThis, { RTCPeerConnection: FakeConnection });
    FakeConnection.all = [];
    asked = [];
    states = [];
    answer = 'answer';
    const exchange = (_call: string, sdp: string, restart: boolean): Promise<string | null> => {
      asked.push({ sdp, restart });
      return Promise.resolve(answer);
    };
    phone = new Phone(exchange, { state: (state) => states.push(state) }, { srcObject: null, play: () => Promise.resolve() } as unknown as HTMLAudioElement);
    await phone.join('c1', null);
    FakeConnection.all[0]?.become('connected');
  });

  test('offers once and talks', () => {
    assert.deepEqual(asked, [{ sdp: 'offer', restart: false }]);
    assert.deepEqual(states, ['connecting', 'talking']);
  });

  test('who joins muted is not heard, and the next call is', async () => {
    const track = { enabled: true } as MediaStreamTrack;
    await phone.join('c2', track, true);
    assert.deepEqual([phone.is_muted, track.enabled], [true, false]);
    await phone.join('c3', track);
    assert.deepEqual([phone.is_muted, track.enabled], [false, true]);
  });

  test('a path that broke is made anew over the same connection', async () => {
    const [connection] = FakeConnection.all;
    connection?.become('disconnected');
    mock.timers.tick(BROKEN_MS);
    await settle();
    assert.deepEqual(asked.at(-1), { sdp: 'restart', restart: true });
    connection?.become('connected');
    assert.equal(phone.state, 'talking');
    assert.equal(FakeConnection.all.length, 1);
    assert.equal(connection?.closed, false);
  });

  test('one that heals by itself needs nothing', async () => {
    const [connection] = FakeConnection.all;
    connection?.become('disconnected');
    mock.timers.tick(BROKEN_MS / 2);
    connection?.become('connected');
    mock.timers.tick(BROKEN_MS);
    await settle();
    assert.equal(asked.length, 1);
  });

  test('when the new way does not come, everything is offered again', async () => {
    const [connection] = FakeConnection.all;
    connection?.become('failed');
    await settle();
    assert.equal(asked.at(-1)?.restart, true);
    mock.timers.tick(RESTART_MS);
    await settle();
    mock.timers.tick(1);
    await settle();
    assert.equal(FakeConnection.all.length, 2);
    assert.ok(connection?.closed);
    assert.deepEqual(asked.at(-1), { sdp: 'offer', restart: false });
  });

  test('a server that refuses the new way is asked anew at once', async () => {
    answer = null;
    FakeConnection.all[0]?.become('failed');
    await settle();
    answer = 'answer';
    mock.timers.tick(1);
    await settle();
    assert.equal(FakeConnection.all.length, 2);
    assert.equal(asked.at(-1)?.restart, false);
  });

  test('who joined without a microphone is heard as soon as there is one, and another one speaks over the same connection', async () => {
    const [first, second] = [{ enabled: false }, { enabled: false }];
    phone.speak(first as MediaStreamTrack);
    await settle();
    const [silent, speaking] = FakeConnection.all;
    assert.deepEqual([silent?.closed, speaking?.ways[0]?.direction, speaking?.ways[0]?.sender.track, first.enabled], [true, 'sendrecv', first, true]);
    phone.mute(true);
    phone.speak(second as MediaStreamTrack);
    await settle();
    assert.deepEqual([FakeConnection.all.length, speaking?.ways[0]?.sender.track, second.enabled], [2, second, false]);
    phone.speak(null);
    phone.speak(second as MediaStreamTrack);
    assert.equal(FakeConnection.all.length, 2, 'a microphone that was away has its way still');
  });

  test('a change of network restarts at once, and whoever left the call is left in peace', async () => {
    phone.moved();
    await settle();
    assert.equal(asked.at(-1)?.restart, true);
    phone.leave();
    phone.moved();
    await settle();
    assert.equal(asked.length, 2);
    assert.equal(phone.state, 'idle');
  });
});
