/* The microphone of this desk: asked for once, kept open for the shift, measured for the level meter. */

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

  /** Opens the device; the state tells what became of it. */
  async open(device: string, context: AudioContext | null): Promise<MicrophoneState> {
    this.close();
    try {
      this.stream = await navigator.mediaDevices.getUserMedia(constraints(device, isToneTest(location.href)));
    } catch (error) {
      this.state = error instanceof DOMException && error.name === 'NotAllowedError' ? 'denied' : 'absent';
      return this.state;
    }
    this.state = 'open';
    if (context) this.measure(context);
    return this.state;
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
    this.#source?.disconnect();
    this.#analyser?.disconnect();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.#source = this.#analyser = this.stream = null;
    this.state = 'closed';
  }
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
