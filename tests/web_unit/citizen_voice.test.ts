/** The caller's voice: the path is there before the microphone, and is mended, then made anew, as long as the call lasts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGAIN_MS, BROKEN_MS, CONNECT_MS, Voice } from '../../web/citizen/voice.ts';

class FakeConnection {
  connectionState = 'new';
  onconnectionstatechange: (() => void) | null = null;
  ontrack: ((event: unknown) => void) | null = null;
  offers: boolean[] = [];
  tracks: unknown[] = [];
  is_closed = false;
  addTransceiver(track: unknown): void {
    this.tracks.push(track);
  }
  getTransceivers(): unknown[] {
    return [{ sender: { replaceTrack: async (track: unknown) => void this.tracks.push(track) } }];
  }
  async createOffer(how: { iceRestart?: boolean }): Promise<{ sdp: string }> {
    this.offers.push(how.iceRestart === true);
    return { sdp: `offer ${this.offers.length}` };
  }
  async setLocalDescription(): Promise<void> {}
  async setRemoteDescription(): Promise<void> {}
  close(): void {
    this.is_closed = true;
  }
  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

class Bench {
  made: FakeConnection[] = [];
  told: string[] = [];
  due: { ms: number; run: () => void }[] = [];
  answer: string | null = 'answer';
  ear = { srcObject: null as unknown, muted: false, play: async () => undefined };
  grant: (track: unknown) => void = () => undefined;
  deny: (error: Error) => void = () => undefined;
  readonly voice: Voice;

  constructor() {
    this.voice = new Voice(
      async (sdp, restart) => (this.told.push(`${sdp} ${restart}`), this.answer),
      {
        path: (path) => void this.told.push(path),
        microphone: (state) => void this.told.push(`microphone ${state}`),
        deaf: (is_deaf) => void this.told.push(`deaf ${is_deaf}`),
      },
      {
        connection: () => {
          const made = new FakeConnection();
          this.made.push(made);
          return made as unknown as RTCPeerConnection;
        },
        microphone: () =>
          new Promise((resume, fail) => {
            this.grant = resume as (track: unknown) => void;
            this.deny = fail;
          }),
        silence: () => ({ stop: () => undefined, name: 'silence' }) as unknown as MediaStreamTrack,
        ear: () => this.ear as unknown as HTMLAudioElement,
        after: (ms, run) => {
          const entry = { ms, run };
          this.due.push(entry);
          return () => void (this.due = this.due.filter((one) => one !== entry));
        },
      },
    );
  }

  get last(): FakeConnection {
    return this.made.at(-1) as FakeConnection;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  /** Lets the one waiting timer fire, which must be this one. */
  async fire(ms: number): Promise<void> {
    assert.deepEqual(this.due.map((entry) => entry.ms), [ms]);
    this.due.shift()?.run();
    await this.settle();
  }

  async connected(): Promise<this> {
    void this.voice.ask();
    await this.voice.connect([]);
    this.last.become('connected');
    return this;
  }
}

test('it is connected with silence while the microphone is asked for, which is plugged in later', async () => {
  const bench = await new Bench().connected();
  assert.deepEqual(bench.told, ['microphone asking', 'connecting', 'offer 1 false', 'connected']);
  assert.equal((bench.last.tracks[0] as { name: string }).name, 'silence');
  const track = { enabled: true, stop: () => undefined };
  bench.voice.mute(true);
  bench.grant(track);
  await bench.settle();
  assert.equal(bench.last.tracks[1], track);
  assert.deepEqual([bench.told.at(-1), track.enabled, bench.made.length], ['microphone open', false, 1]);
});

test('a microphone that is refused or missing leaves the path as it is', async () => {
  for (const [name, state] of [['NotAllowedError', 'denied'], ['NotFoundError', 'absent']] as const) {
    const bench = await new Bench().connected();
    bench.deny(Object.assign(new Error(name), { name }));
    await bench.settle();
    assert.deepEqual([bench.told.at(-1), bench.made.length], [`microphone ${state}`, 1]);
  }
});

test('a broken path is restarted, then made anew', async () => {
  const bench = await new Bench().connected();
  bench.last.become('disconnected');
  await bench.fire(BROKEN_MS);
  assert.deepEqual(bench.last.offers, [false, true]);
  assert.equal(bench.told.at(-2), 'broken');
  await bench.fire(CONNECT_MS);
  assert.deepEqual([bench.made.length, bench.made[0]?.is_closed, bench.last.offers.length], [2, true, 1]);
  bench.last.become('connected');
  assert.deepEqual([bench.told.at(-1), bench.due], ['connected', []]);
});

test('a path that comes back by itself is left alone', async () => {
  const bench = await new Bench().connected();
  bench.last.become('disconnected');
  bench.last.become('connected');
  assert.deepEqual([bench.due, bench.made.length], [[], 1]);
});

test('a restart that the centre refuses is followed by a new path at once', async () => {
  const bench = await new Bench().connected();
  bench.answer = null;
  bench.last.become('failed');
  await bench.fire(0);
  await bench.fire(0);
  assert.deepEqual(bench.told.slice(-3), ['broken', 'offer 2 true', 'offer 1 false']);
  bench.answer = 'answer';
  await bench.fire(AGAIN_MS);
  assert.equal(bench.made.length, 3);
});

test('an offer without an answer, or one that never connects, is tried for ever', async () => {
  const bench = new Bench();
  void bench.voice.ask();
  bench.answer = null;
  await bench.voice.connect([]);
  for (let turn = 0; turn < 30; turn += 1) await bench.fire(AGAIN_MS);
  bench.answer = 'answer';
  await bench.fire(AGAIN_MS);
  await bench.fire(CONNECT_MS);
  assert.equal(bench.made.length, 33);
  assert.equal(bench.made.filter((one) => !one.is_closed).length, 1);
});

test('after the end nothing is left: no microphone, no path, no timer', async () => {
  const bench = await new Bench().connected();
  let stopped = 0;
  bench.grant({ enabled: true, stop: () => (stopped += 1) });
  await bench.settle();
  bench.last.become('disconnected');
  bench.voice.close();
  assert.deepEqual([stopped, bench.last.is_closed, bench.due, bench.told.at(-1)], [1, true, [], 'off']);
  await bench.voice.again();
  assert.equal(bench.made.length, 1);
});

test('a microphone that is granted after the end is switched off at once', async () => {
  const bench = await new Bench().connected();
  bench.voice.close();
  let stopped = 0;
  bench.grant({ enabled: true, stop: () => (stopped += 1) });
  await bench.settle();
  assert.equal(stopped, 1);
});
