/* The desk's telephone as state: the microphone, the connection of the call in hand, mute. Follows the board: a call
   that is answered at this desk is joined, one that is not is left, also after a reload. */
import { board } from '../board/board.svelte.ts';
import { health } from '../board/health.svelte.ts';
import { api } from '../wire/api.ts';
import { workstation } from '../ui/workstation.svelte.ts';
import { Microphone, SILENT_LEVEL, SILENT_S, type MicrophoneState } from './microphone.ts';
import { page } from './page.ts';
import { Phone, type PhoneState } from './phone.ts';
import { sounds } from './sounds.ts';

/** How often the level is read, in milliseconds. */
const METER_MS = 100;

/** The call that this window is muted in: who reloads is not heard before they want to be. */
const MUTED = 'kentongan.muted';

async function exchange(call: string, sdp: string, restart: boolean): Promise<string | null> {
  const desk = desk_phone.desk;
  if (desk === null) return null;
  const answer = await api.media(call, desk, sdp, restart, page);
  return answer.outcome === 'done' ? answer.value.sdp : null;
}

class DeskPhone {
  readonly microphone = new Microphone();
  state = $state<PhoneState>('idle');
  microphone_state = $state<MicrophoneState>('closed');
  /** The name of the microphone in use, where it is not the chosen one. */
  other_microphone = $state('');
  level = $state(0);
  is_muted = $state(false);
  call = $state<string | null>(null);
  /** Where this page's audio belongs. */
  desk: string | null = null;
  /** Nothing was heard from the microphone for three seconds in a call. */
  is_silent = $state(false);
  #silent_since = 0;
  #meter: ReturnType<typeof setInterval> | undefined;
  readonly #phone = new Phone(exchange, { state: (state) => this.#became(state) }, new Audio());

  constructor() {
    board.on_redo = (call) => {
      if (call === this.call) void this.#phone.again();
    };
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.#plugged());
    window.addEventListener('online', () => this.#phone.moved());
    (navigator as Navigator & { connection?: EventTarget }).connection?.addEventListener('change', () => this.#phone.moved());
  }

  async open(device: string): Promise<MicrophoneState> {
    await this.microphone.open(device, sounds.prepare());
    return this.#opened();
  }

  #opened(): MicrophoneState {
    this.microphone_state = this.microphone.state;
    this.other_microphone = this.microphone.other;
    health.phone = this.microphone_state === 'open' ? 'ok' : 'off';
    clearInterval(this.#meter);
    if (this.microphone_state === 'open') this.#meter = setInterval(() => this.#measure(), METER_MS);
    if (this.call !== null) this.#phone.speak(this.microphone.track);
    return this.microphone_state;
  }

  async unlock(): Promise<void> {
    await sounds.unlock(workstation.speaker);
    if (sounds.context) this.microphone.measure(sounds.context);
    await this.#phone.use(workstation.speaker);
  }

  /** Joins this call at this desk, or leaves the one in hand with null. Asking twice for the same call changes nothing.
   *  Own calls, calls one was brought into and calls one listens to are joined alike: the switch knows who hears whom. */
  follow(call: string | null, desk: string | null = this.desk): void {
    this.desk = desk;
    if (call === this.call) return;
    this.call = call;
    this.is_silent = false;
    this.is_muted = call !== null && sessionStorage.getItem(MUTED) === call;
    if (call === null) this.#phone.leave();
    else void this.#phone.join(call, this.microphone.track, this.is_muted);
  }

  /** The person asks for the audio of the call in hand again. */
  retry(): void {
    void this.#phone.again();
  }

  mute(muted: boolean): void {
    this.is_muted = muted;
    sessionStorage.setItem(MUTED, muted ? (this.call ?? '') : '');
    this.#phone.mute(muted);
  }

  figures(): ReturnType<Phone['figures']> {
    return this.#phone.figures();
  }

  close(): void {
    this.follow(null);
    clearInterval(this.#meter);
    this.microphone.close();
    this.microphone_state = 'closed';
    this.other_microphone = '';
    this.level = 0;
  }

  /** A headset came or went: a microphone that is gone is replaced by the one there is, and that by the chosen one once it
   *  is back, in mid-call too. */
  async #plugged(): Promise<void> {
    if (await this.microphone.again(sounds.prepare())) this.#opened();
  }

  #became(state: PhoneState): void {
    this.state = state;
    if (state === 'failed') health.phone = 'off';
    if (state === 'talking') health.phone = 'ok';
  }

  #measure(): void {
    this.level = this.microphone.level();
    const now = performance.now();
    if (this.state !== 'talking' || this.is_muted || this.level > SILENT_LEVEL) this.#silent_since = now;
    this.is_silent = now - this.#silent_since > SILENT_S * 1000;
  }
}

export const desk_phone = new DeskPhone();
