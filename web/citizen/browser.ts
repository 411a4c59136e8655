/* What the browser gives to a call: microphone, silence, position, a screen that stays on, chance. Each of them may be
   missing; the call goes on without it. */
import type { Place } from './server.ts';
import type { VoicePorts } from './voice.ts';

/** A better fix is waited for that long; then the receiver is switched off, for the battery. */
const LOCATE_MS = 60_000;

export function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** The same on a page that somebody looks at; a hidden one waits until it is shown again. */
export function afterSeen(ms: number, action: () => void): () => void {
  let stop = after(ms, () => {
    const seen = (): void => {
      if (document.hidden) return;
      stop();
      action();
    };
    stop = () => document.removeEventListener('visibilitychange', seen);
    document.addEventListener('visibilitychange', seen);
    seen();
  });
  return () => stop();
}

export function token(digits: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(digits / 2));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** `?tone=1` switches the processing for voices off, so that a test's pure tone arrives as it was sent. */
function constraints(): MediaStreamConstraints {
  const on = new URLSearchParams(location.search).get('tone') !== '1';
  return { audio: { echoCancellation: on, noiseSuppression: on, autoGainControl: on, channelCount: 1 }, video: false };
}

async function microphone(): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia(constraints());
  const [track] = stream.getAudioTracks();
  if (!track) throw new Error('a microphone without a track');
  return track;
}

/** One for all calls of the page: browsers allow a few. */
let context: AudioContext | null = null;

function silence(): MediaStreamTrack | null {
  try {
    const own = (context ??= new AudioContext());
    const goal = own.createMediaStreamDestination();
    const source = own.createConstantSource();
    source.offset.value = 0;
    source.connect(goal);
    source.start();
    const [track] = goal.stream.getAudioTracks();
    if (own.state === 'suspended') addEventListener('pointerdown', () => void own.resume(), { once: true });
    return track ?? null;
  } catch {
    return null;
  }
}

interface Network extends EventTarget {
  readonly effectiveType?: string;
}

function network(): Network | undefined {
  return (navigator as Navigator & { connection?: Network }).connection;
}

/** The browser holds this network for too slow for a voice; one that does not measure it says nothing. */
export function isWeak(): boolean {
  const kind = network()?.effectiveType ?? '';
  return kind === 'slow-2g' || kind === '2g';
}

export function onNetwork(changed: () => void): void {
  network()?.addEventListener?.('change', changed);
}

export function voicePorts(ear: HTMLAudioElement): VoicePorts {
  return {
    connection: (ice) => new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: [...ice] }),
    microphone,
    silence,
    ear: () => ear,
    after,
  };
}

export function locate(found: (place: Place | null) => void): () => void {
  if (!('geolocation' in navigator)) {
    found(null);
    return () => undefined;
  }
  const options = { enableHighAccuracy: true, maximumAge: 30_000 };
  const watch = navigator.geolocation.watchPosition(
    ({ coords }) => found({ point: { lat: coords.latitude, lon: coords.longitude }, accuracy_m: Math.round(coords.accuracy) }),
    () => found(null),
    options,
  );
  const stop = (): void => navigator.geolocation.clearWatch(watch);
  const stop_timer = after(LOCATE_MS, stop);
  return () => {
    stop_timer();
    stop();
  };
}
