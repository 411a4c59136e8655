/* The caller's voice: one peer connection, one audio track each way. It does not wait for the microphone: the path is
   made with silence at once, so that the call is in the queue and the announcement is heard while the browser still
   asks; the microphone is plugged in when it comes.

   The offer is sent without gathering candidates, because the server is ICE-lite and gives its own address in the
   answer. A path that breaks is mended with new credentials first (the same sound, another network), then anew; it is
   tried as long as the call lasts. */
import type { MicrophoneState, Path } from './view.ts';

/** A path that is "disconnected" this long is broken. */
export const BROKEN_MS = 2_000;
/** A new offer that does not connect within this time is followed by the next one. */
export const CONNECT_MS = 5_000;
/** Between two attempts. */
export const AGAIN_MS = 1_000;

/** Sends an offer and gives the answer, or null when there is none to be had. */
export type Exchange = (sdp: string, restart: boolean) => Promise<string | null>;

export interface VoiceListener {
  path(path: Path): void;
  microphone(state: MicrophoneState): void;
  /** The browser plays nothing before another tap, or does now. */
  deaf(is_deaf: boolean): void;
}

export interface VoicePorts {
  connection(ice: readonly RTCIceServer[]): RTCPeerConnection;
  /** Asks for the microphone; throws what the browser throws. */
  microphone(): Promise<MediaStreamTrack>;
  /** A track that says nothing, for as long as there is no microphone; null when the browser has none. */
  silence(): MediaStreamTrack | null;
  ear(): HTMLAudioElement;
  after(ms: number, action: () => void): () => void;
}

export class Voice {
  readonly #exchange: Exchange;
  readonly #listener: VoiceListener;
  readonly #ports: VoicePorts;
  #ice: readonly RTCIceServer[] = [];
  #connection: RTCPeerConnection | null = null;
  #microphone: MediaStreamTrack | null = null;
  #silence: MediaStreamTrack | null = null;
  #is_open = false;
  #is_muted = false;
  #path: Path = 'off';
  #stop_timer: () => void = () => undefined;

  constructor(exchange: Exchange, listener: VoiceListener, ports: VoicePorts) {
    this.#exchange = exchange;
    this.#listener = listener;
    this.#ports = ports;
  }

  /** Asks for the microphone; must be called within the tap. The path does not wait for it. */
  async ask(): Promise<void> {
    this.#is_open = true;
    this.#silence = this.#ports.silence();
    this.#listener.microphone('asking');
    try {
      const track = await this.#ports.microphone();
      if (!this.#is_open) return track.stop();
      this.#microphone = track;
      track.enabled = !this.#is_muted;
      track.onended = () => this.#listener.microphone('absent');
      await this.#sender()?.replaceTrack(track);
      this.#listener.microphone('open');
      this.unblock();
    } catch (error) {
      if (!this.#is_open) return;
      this.#listener.microphone(error instanceof Error && error.name === 'NotAllowedError' ? 'denied' : 'absent');
    }
  }

  /** Makes the path. */
  async connect(ice: readonly RTCIceServer[]): Promise<void> {
    this.#ice = ice;
    this.#become('connecting');
    await this.#anew();
  }

  /** The other side does not hear this page although the browser believes so: a new path. */
  async again(): Promise<void> {
    if (!this.#is_open || this.#path === 'off') return;
    this.#become('broken');
    await this.#anew();
  }

  /** Names the last packet of the centre that was played; null when none was, or the browser does not say. */
  heard(): number | null {
    const receiver = this.#connection?.getTransceivers()[0]?.receiver;
    return receiver?.getSynchronizationSources?.()[0]?.rtpTimestamp ?? null;
  }

  mute(is_muted: boolean): void {
    this.#is_muted = is_muted;
    if (this.#microphone) this.#microphone.enabled = !is_muted;
  }

  /** Makes the page silent, for a caller who must not be found. */
  hush(is_hushed: boolean): void {
    this.#ports.ear().muted = is_hushed;
  }

  /** Tries to play again; within a tap it works. */
  unblock(): void {
    const ear = this.#ports.ear();
    if (ear.srcObject === null) return;
    void ear.play().then(
      () => this.#listener.deaf(false),
      () => this.#listener.deaf(true),
    );
  }

  close(): void {
    this.#is_open = false;
    this.#stop_timer();
    this.#hangUp();
    this.#microphone?.stop();
    this.#silence?.stop();
    this.#microphone = this.#silence = null;
    this.#ports.ear().srcObject = null;
    this.#become('off');
  }

  async #anew(): Promise<void> {
    this.#hangUp();
    try {
      const connection = this.#ports.connection(this.#ice);
      this.#connection = connection;
      connection.ontrack = (event) => this.#hear(event.streams[0] ?? new MediaStream([event.track]));
      connection.onconnectionstatechange = () => this.#watch(connection);
      connection.addTransceiver(this.#microphone ?? this.#silence ?? 'audio', { direction: 'sendrecv' });
      await this.#offer(connection, false);
    } catch {
      this.#later(() => this.#anew(), AGAIN_MS);
    }
  }

  /** The same sound over another network. */
  async #restart(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return this.#anew();
    try {
      await this.#offer(connection, true);
    } catch {
      await this.#anew();
    }
  }

  async #offer(connection: RTCPeerConnection, restart: boolean): Promise<void> {
    const offer = await connection.createOffer(restart ? { iceRestart: true } : {});
    await connection.setLocalDescription(offer);
    const sdp = await this.#exchange(offer.sdp ?? '', restart);
    if (connection !== this.#connection) return;
    if (sdp === null) {
      this.#later(() => this.#anew(), restart ? 0 : AGAIN_MS);
      return;
    }
    await connection.setRemoteDescription({ type: 'answer', sdp });
    if (connection.connectionState === 'connected') return this.#watch(connection);
    this.#later(() => this.#anew(), CONNECT_MS);
  }

  #watch(connection: RTCPeerConnection): void {
    if (connection !== this.#connection || !this.#is_open) return;
    const state = connection.connectionState;
    if (state === 'connected') {
      this.#stop_timer();
      this.#become('connected');
    } else if (state === 'failed') {
      this.#become('broken');
      this.#later(() => this.#restart(), 0);
    } else if (state === 'disconnected') {
      this.#later(() => {
        this.#become('broken');
        return this.#restart();
      }, BROKEN_MS);
    }
  }

  #hear(stream: MediaStream): void {
    this.#ports.ear().srcObject = stream;
    this.unblock();
  }

  #later(action: () => Promise<void>, ms: number): void {
    this.#stop_timer();
    if (this.#is_open) this.#stop_timer = this.#ports.after(ms, () => void action());
  }

  #sender(): RTCRtpSender | undefined {
    return this.#connection?.getTransceivers()[0]?.sender;
  }

  #hangUp(): void {
    const connection = this.#connection;
    this.#connection = null;
    if (!connection) return;
    connection.ontrack = connection.onconnectionstatechange = null;
    connection.close();
  }

  #become(path: Path): void {
    if (this.#path === path) return;
    this.#path = path;
    this.#listener.path(path);
  }
}
