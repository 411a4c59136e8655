/* The microphone of this desk: asked for once, kept open for the shift, measured for the level meter. The browser takes
   another one where the chosen one is away: which one speaks is said, and the chosen one is taken back when it is there. */

/** Processing is on for people; `?tone=1` switches it off so that a test's pure tone arrives as it was sent. */
export function constraints(device: string, tone: boolean): MediaStreamConstraints {
  const audio: MediaTrackConstraints = {
    echoCancellation: !tone,
    noiseSuppression: !tone,
    autoGainControl: !tone,
    channelCount: 1,
  };
  if (device !== '') audio.deviceId = { ideal: device };
  return { audio, video: false };
}

export function isToneTest(address: string): boolean {
  return new URL(address).searchParams.get('tone') === '1';
}

export type MicrophoneState = 'closed' | 'open' | 'denied' | 'absent';

/** Below this level for `SILENT_S` a microphone counts as not heard; full scale is 1. */
export const SILENT_LEVEL = 0.004;
export const SILENT_S = 3;

export class Microphone {
  state: MicrophoneState = 'closed';
  stream: MediaStream | null = null;
  #analyser: AnalyserNode | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #samples = new Float32Array(1024);
  /** The device that was chosen; where none was, the one that the browser gave. */
  #wanted = '';
  /** Which one "default" was: the system makes another one of it when a headset goes. */
  #group: string | undefined;
  #closed = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** Opens the device; the state tells what became of it. Overtaken by another opening it ends with that one: whoever
   *  waits for a microphone has one then. */
  async open(device: string, context: AudioContext | null): Promise<MicrophoneState> {
    this.close();
    this.#wanted = device;
    this.#group = undefined;
    const closed = this.#closed;
    void this.#next(() => this.#ask(context, closed));
    let turn: unknown;
    while (turn !== this.#turn) await (turn = this.#turn);
    return this.state;
  }

  /** A device came or went: opens again where the track has ended, or the chosen microphone is back. Returns whether it did.
   *  One at a time, because two events come for one headset. */
  again(context: AudioContext | null): Promise<boolean> {
    return this.#next(async () => {
      const closed = this.#closed;
      if (this.state === 'closed' || (this.track?.readyState === 'live' && !(await this.#isBack()))) return false;
      await this.#ask(context, closed);
      return closed === this.#closed;
    });
  }

  /** The microphone in use, where it is not the chosen one. */
  get other(): string {
    return !this.track || this.#isWanted(this.track.getSettings()) ? '' : this.track.label;
  }

  #isWanted({ deviceId, groupId }: MediaTrackSettings): boolean {
    return deviceId === this.#wanted && (this.#group === undefined || groupId === this.#group);
  }

  async #isBack(): Promise<boolean> {
    if (this.other === '') return false;
    return (await navigator.mediaDevices.enumerateDevices()).some((one) => one.kind === 'audioinput' && this.#isWanted(one));
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #ask(context: AudioContext | null, closed: number): Promise<void> {
    if (closed !== this.#closed) return;
    try {
      const stream = await navigator.mediaDevices.getUserMedia(constraints(this.#wanted, isToneTest(location.href)));
      if (closed !== this.#closed) return stop(stream); // closed meanwhile: nobody would ever stop it
      this.#release();
      this.stream = stream;
    } catch (error) {
      if (closed !== this.#closed || this.track?.readyState === 'live') return; // the one that speaks is better than none
      this.#release();
      this.state = error instanceof DOMException && error.name === 'NotAllowedError' ? 'denied' : 'absent';
      return;
    }
    this.state = 'open';
    this.#remember();
    if (context) this.measure(context);
  }

  /** The first that the browser gave is the chosen one where nobody chose, however late there was one. */
  #remember(): void {
    const { deviceId = '', groupId } = this.track?.getSettings() ?? {};
    this.#wanted ||= deviceId;
    if (this.#wanted === 'default') this.#group ??= groupId;
  }

  /** Starts the level meter, once there is an unlocked audio context. */
  measure(context: AudioContext): void {
    if (!this.stream || this.#analyser) return;
    this.#source = context.createMediaStreamSource(this.stream);
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = this.#samples.length;
    this.#source.connect(this.#analyser);
  }

  get track(): MediaStreamTrack | null {
    return this.stream?.getAudioTracks()[0] ?? null;
  }

  /** Root mean square of the last 20 ms or so, 0 to 1. */
  level(): number {
    if (!this.#analyser) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const sum = this.#samples.reduce((total, sample) => total + sample * sample, 0);
    return Math.sqrt(sum / this.#samples.length);
  }

  close(): void {
    this.#closed += 1;
    this.#release();
    this.state = 'closed';
  }

  #release(): void {
    this.#source?.disconnect();
    this.#analyser?.disconnect();
    stop(this.stream);
    this.#source = this.#analyser = this.stream = null;
  }
}

function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Records two seconds and plays them back: the proof that headset and microphone work. */
export async function recordAndPlay(stream: MediaStream, milliseconds = 2_000): Promise<void> {
  const recorder = new MediaRecorder(stream);
  const pieces: Blob[] = [];
  const done = new Promise<void>((resolve) => {
    recorder.ondataavailable = (event) => pieces.push(event.data);
    recorder.onstop = () => resolve();
  });
  recorder.start();
  setTimeout(() => recorder.stop(), milliseconds);
  await done;
  const address = URL.createObjectURL(new Blob(pieces, { type: recorder.mimeType }));
  const player = new Audio(address);
  player.onended = () => URL.revokeObjectURL(address);
  await player.play();
}
