/* A desk's voice in a call: one peer connection, one audio track each way, to the centre's media server. No SIP in the
   browser: the server speaks it.

   The offer is sent without gathering candidates, because the server is ICE-lite and gives its own address in the answer;
   this saves a second on the way to the first word. When the network of the desk changes, only the way is made anew (ICE
   restart, RFC 8445 section 9): the keys and the server's place stay. When that does not help, a new offer for the same
   call replaces the old one; the server keeps the caller's side untouched. */

export type PhoneState = 'idle' | 'connecting' | 'talking' | 'reconnecting' | 'failed';

/** Sends an offer for a call and gives the answer, or null when there is none to be had. */
export type Exchange = (call: string, sdp: string, restart: boolean) => Promise<string | null>;

/** A path that is "disconnected" this long is treated as broken. */
export const BROKEN_MS = 1_000;
/** A new way over the same connection must work within this; else everything is offered anew. */
export const RESTART_MS = 3_000;
/** Between attempts to connect again. */
export const AGAIN_MS = 1_000;
/** Attempts before the desk is told that browser audio is down for this call. */
export const TRIES_MOST = 10;

export interface PhoneListener {
  state(state: PhoneState): void;
}

export class Phone {
  state: PhoneState = 'idle';
  call: string | null = null;
  is_muted = false;
  readonly #exchange: Exchange;
  readonly #listener: PhoneListener;
  readonly #ear: HTMLAudioElement;
  #connection: RTCPeerConnection | null = null;
  #speaker = '';
  #track: MediaStreamTrack | null = null;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The connection whose way is being made anew. */
  #restarted: RTCPeerConnection | null = null;

  constructor(exchange: Exchange, listener: PhoneListener, ear: HTMLAudioElement) {
    this.#exchange = exchange;
    this.#listener = listener;
    this.#ear = ear;
  }

  /** Takes part in a call with this microphone track, muted or not; null listens only. */
  async join(call: string, track: MediaStreamTrack | null, is_muted = false): Promise<void> {
    this.leave();
    this.call = call;
    this.#track = track;
    this.#tries = 0;
    this.mute(is_muted);
    this.#become('connecting');
    await this.#connect(call);
  }

  /** Offers the audio of the call in hand again, because the other side asks for it. */
  async again(): Promise<void> {
    if (this.call === null) return;
    this.#tries = 0;
    this.#become('reconnecting');
    await this.#connect(this.call);
  }

  leave(): void {
    clearTimeout(this.#timer);
    this.#hangUp();
    this.call = null;
    this.#track = null;
    this.#ear.srcObject = null;
    this.#become('idle');
  }

  mute(muted: boolean): void {
    this.is_muted = muted;
    if (this.#track) this.#track.enabled = !muted;
  }

  /** Another microphone speaks, or none does, in the call as it runs. One that was joined without any has no way to speak
   *  yet and is offered anew. */
  speak(track: MediaStreamTrack | null): void {
    this.#track = track;
    if (track) track.enabled = !this.is_muted;
    const way = this.#connection?.getTransceivers()[0];
    if (track && way?.direction === 'recvonly') void this.again();
    else void way?.sender.replaceTrack(track).catch(() => this.moved());
  }

  /** Plays the caller on this device, where the browser can choose one. */
  async use(speaker: string): Promise<void> {
    const ear = this.#ear as HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };
    if (speaker === this.#speaker || !ear.setSinkId) return;
    this.#speaker = speaker;
    void ear.setSinkId(speaker).catch(() => undefined); // nothing waits for a device that may not answer
  }

  /** Packets lost so far and the round trip in milliseconds, for the call's health; null while there is no path. */
  async figures(): Promise<{ lost: number; round_trip_ms: number | null } | null> {
    const report = await this.#connection?.getStats();
    if (!report) return null;
    let lost = 0;
    let round_trip_ms: number | null = null;
    for (const entry of report.values() as IterableIterator<Record<string, unknown>>) {
      if (entry['type'] === 'inbound-rtp') lost += Number(entry['packetsLost'] ?? 0);
      if (entry['type'] === 'candidate-pair' && entry['nominated'] === true && entry['currentRoundTripTime'] !== undefined) {
        round_trip_ms = Number(entry['currentRoundTripTime']) * 1000;
      }
    }
    return { lost, round_trip_ms };
  }

  async #connect(call: string): Promise<void> {
    this.#hangUp();
    const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
    this.#connection = connection;
    connection.ontrack = (event) => this.#hear(event.streams[0] ?? new MediaStream([event.track]));
    connection.onconnectionstatechange = () => this.#watch(connection);
    if (this.#track) connection.addTransceiver(this.#track, { direction: 'sendrecv' });
    else connection.addTransceiver('audio', { direction: 'recvonly' });
    try {
      const offer = await connection.createOffer();
      await connection.setLocalDescription(offer);
      const sdp = await this.#exchange(call, offer.sdp ?? '', false);
      if (connection !== this.#connection) return;
      if (sdp === null) return this.#again(call);
      await connection.setRemoteDescription({ type: 'answer', sdp });
    } catch {
      if (connection === this.#connection) this.#again(call);
    }
  }

  #hear(stream: MediaStream): void {
    this.#ear.srcObject = stream;
    void this.#ear.play().catch(() => undefined);
  }

  #watch(connection: RTCPeerConnection): void {
    const call = this.call;
    if (connection !== this.#connection || call === null) return;
    clearTimeout(this.#timer);
    if (connection.connectionState === 'connected') {
      this.#tries = 0;
      this.#become('talking');
    } else if (connection.connectionState === 'failed') void this.#restart(connection, call);
    else if (connection.connectionState === 'disconnected') {
      this.#become('reconnecting');
      this.#timer = setTimeout(() => void this.#restart(connection, call), BROKEN_MS);
    }
  }

  /** The network of this desk changed: a new way, the same call, the same keys; once, then all anew. */
  moved(): void {
    if (this.#connection && this.call !== null && this.state === 'talking') void this.#restart(this.#connection, this.call);
  }

  async #restart(connection: RTCPeerConnection, call: string): Promise<void> {
    if (connection !== this.#connection || this.call !== call) return;
    if (this.#restarted === connection) return this.#again(call);
    this.#restarted = connection;
    this.#become('reconnecting');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again(call), RESTART_MS);
    try {
      const offer = await connection.createOffer({ iceRestart: true });
      await connection.setLocalDescription(offer);
      const sdp = await this.#exchange(call, offer.sdp ?? '', true);
      if (connection !== this.#connection) return;
      if (sdp === null) return this.#again(call);
      await connection.setRemoteDescription({ type: 'answer', sdp });
      await this.#works(connection, call);
    } catch {
      if (connection === this.#connection) this.#again(call);
    }
  }

  /** Whether the new way carries sound: the state alone stays "connected" when the old way never broke. */
  async #works(connection: RTCPeerConnection, call: string): Promise<void> {
    const until = Date.now() + RESTART_MS;
    while (connection === this.#connection && Date.now() < until) {
      if (connection.connectionState === 'connected' && (connection.iceConnectionState === 'connected' || connection.iceConnectionState === 'completed')) {
        clearTimeout(this.#timer);
        this.#restarted = null;
        this.#tries = 0;
        if (this.call === call) this.#become('talking');
        return;
      }
      await new Promise((resume) => setTimeout(resume, 100));
    }
  }

  #again(call: string): void {
    this.#hangUp();
    if (this.call !== call) return;
    this.#tries += 1;
    if (this.#tries >= TRIES_MOST) return this.#become('failed');
    this.#become('reconnecting');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(call), this.#tries === 1 ? 0 : AGAIN_MS);
  }

  #hangUp(): void {
    const connection = this.#connection;
    this.#connection = null;
    if (!connection) return;
    connection.ontrack = connection.onconnectionstatechange = null;
    connection.close();
  }

  #become(state: PhoneState): void {
    if (this.state === state) return;
    this.state = state;
    this.#listener.state(state);
  }
}
