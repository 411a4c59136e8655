/* One call of a citizen, from the tap to the end: what is asked of the centre, when, and what of it is shown. It knows
   no screen and no browser; time, chance, sound and storage come in.

   It promises: the call rings before anything is asked of the person; whatever fails is tried again as long as the call
   lasts and shown meanwhile; a repeated request never makes a second call. */
import type { Keep, Kept } from './keeping.ts';
import { WAITED_MS } from './keeping.ts';
import type { Answer, PageFacts, Place, Server, Shown } from './server.ts';
import { follow, isOn, START, type Language, type MicrophoneState, type Path, type View } from './view.ts';

/** Without sound for so long after the tap the ordinary telephone is offered, large. */
export const LATE_MS = 8_000;
/** Between two questions how the call stands; they are this page's sign of life. */
export const POLL_MS = 1_000;
/** The same while nothing is heard of the centre any more, and how long. */
export const HURRY_MS = 100;
export const HURRIED_MS = 3_000;
/** Between two attempts to ring when nobody was there. */
export const AGAIN_MS = 1_500;
/** Between two attempts when the centre said no. */
export const REFUSED_AGAIN_MS = 5_000;
/** Nothing heard of the centre for so long: it is shown. */
export const AWAY_MS = 3_000;
/** The centre says that it does not hear this page for so long: the path is made anew, and not more often. */
export const UNHEARD_MS = 6_000;
/** Relays are given for an hour; older ones are asked for again before ringing. */
export const FACTS_FRESH_MS = 600_000;
/** How long the first offer waits for the relays. */
export const FACTS_WAIT_MS = 1_500;
/** Characters of one line; the centre takes 4,000. */
export const LINE_MOST = 1_000;
/** Lines that wait for the centre; a person types fewer in a minute. */
export const UNSENT_MOST = 50;
/** Attempts to tell the centre of the end; after that it notices by itself. */
export const END_TRIES = 5;

export interface Sound {
  ask(): Promise<void>;
  connect(ice: readonly RTCIceServer[]): Promise<void>;
  again(): Promise<void>;
  mute(is_muted: boolean): void;
  hush(is_hushed: boolean): void;
  close(): void;
}

export interface CallPorts {
  readonly server: Server;
  readonly keep: Keep;
  readonly sound: Sound;
  /** Asks where the device is; calls back for each better fix, and with null when there is none. */
  locate(found: (place: Place | null) => void): () => void;
  /** Milliseconds since 1970. */
  now(): number;
  after(ms: number, action: () => void): () => void;
  /** So many random hex digits. */
  token(digits: number): string;
}

export interface Wanted {
  readonly only_types: boolean;
  readonly language: Language;
  readonly number: string;
}

export class CitizenCall {
  view: View = START;
  facts: PageFacts | null = null;
  readonly #ports: CallPorts;
  readonly #shown: (view: View) => void;
  #mine: Kept | null = null;
  #place: Place | null = null;
  #sent_accuracy_m = Infinity;
  #facts_at = -Infinity;
  #heard_at = 0;
  #unheard_at: number | null = null;
  #hurry_until = 0;
  #is_sending = false;
  #is_resumed = false;
  #timers = new Set<() => void>();
  #next_poll: (() => void) | null = null;

  constructor(ports: CallPorts, shown: (view: View) => void) {
    this.#ports = ports;
    this.#shown = shown;
  }

  /** What the page should know before it rings; asked for when it opens. */
  async prepare(): Promise<void> {
    const answer = await this.#ports.server.page();
    if (answer.outcome !== 'done') return;
    this.facts = answer.value;
    this.#facts_at = this.#ports.now();
    this.#shown(this.view);
  }

  /** Rings. Must be called within the tap: the browser asks for the microphone only then. */
  start(wanted: Wanted): void {
    if (isOn(this.view)) return;
    const { now, token } = this.#ports;
    this.#is_resumed = false;
    this.#begin({ ...wanted, call: `web-${token(32)}`, key: token(64), is_hidden: false, is_muted: false, at: now() });
    void this.#ring(this.#mine);
  }

  /** Goes on with the call of before a reload, when the centre still waits for it. */
  resume(): boolean {
    const kept = this.#ports.keep.load();
    if (kept === null || isOn(this.view)) return false;
    if (this.#ports.now() - kept.at >= WAITED_MS) {
      this.#ports.keep.clear();
      return false;
    }
    this.#is_resumed = true;
    this.#begin(kept);
    this.#change({ is_hidden: kept.is_hidden, is_muted: kept.is_muted });
    this.#ports.sound.mute(kept.is_muted);
    this.#ports.sound.hush(kept.is_hidden);
    void this.#ring(this.#mine);
    return true;
  }

  say(text: string): void {
    const line = text.trim().slice(0, LINE_MOST);
    if (line === '' || !isOn(this.view) || this.view.unsent.length >= UNSENT_MOST) return;
    this.#change({ unsent: [...this.view.unsent, { text: line, is_refused: false }] });
    void this.#send();
  }

  mute(is_muted: boolean): void {
    this.#ports.sound.mute(is_muted);
    this.#keep({ is_muted });
    this.#change({ is_muted });
  }

  /** Shows or hides the call: hidden, nothing is heard here, while the centre goes on hearing the room. */
  hide(is_hidden: boolean): void {
    this.#ports.sound.hush(is_hidden);
    this.#keep({ is_hidden });
    this.#change({ is_hidden });
  }

  hangUp(): void {
    const mine = this.#mine;
    if (mine === null) return;
    this.#over('self');
    void this.#tellEnd(mine, END_TRIES);
  }

  /** Back to the first screen after the end. */
  leave(): void {
    if (isOn(this.view)) return;
    this.view = START;
    this.#change({});
  }

  /** The network came back, or the page is looked at again: nothing waits for its timer. */
  wake(): void {
    if (this.#mine !== null && this.view.is_known) this.#soon(0, () => this.#poll(this.#mine));
  }

  path(path: Path): void {
    this.#unheard_at = null;
    this.#hurry_until = 0;
    this.#change({ path, is_late: path === 'connected' ? false : this.view.is_late });
  }

  /** Sound no longer arrives: the centre is asked at once, and quickly for a while, whether a new path is wanted. */
  stalled(): void {
    this.#hurry_until = this.#ports.now() + HURRIED_MS;
    this.wake();
  }

  microphone(microphone: MicrophoneState): void {
    this.#change({ microphone });
  }

  deaf(is_deaf: boolean): void {
    this.#change({ is_deaf });
  }

  /** Sends an offer of sound; null when there is no answer. */
  async exchange(sdp: string, restart: boolean): Promise<string | null> {
    const mine = this.#mine;
    if (mine === null || !this.view.is_known) return null;
    const answer = await this.#ports.server.media(mine.call, mine.key, sdp, restart);
    return answer.outcome === 'done' ? answer.value.sdp : null;
  }

  #begin(kept: Kept): void {
    const { sound, keep, locate, now } = this.#ports;
    this.#stopTimers();
    this.#mine = kept;
    this.#place = null;
    this.#sent_accuracy_m = Infinity;
    this.#heard_at = now();
    keep.save(kept);
    this.view = { ...START, stage: 'ringing', only_types: kept.only_types, place: 'asking' };
    this.#change({});
    if (!kept.only_types) {
      void sound.ask();
      this.#after(LATE_MS, () => this.#change({ is_late: this.view.path !== 'connected' }));
    }
    this.#timers.add(locate((place) => this.#found(place)));
  }

  /** The same call again changes nothing there, so a lost answer is asked for once more. */
  async #ring(mine: Kept | null): Promise<void> {
    if (mine === null) return;
    const { call, key, language, number, only_types } = mine;
    const place = this.#place;
    const answer = await this.#ports.server.ring({ call, key, language, number, only_types, place });
    if (mine.call !== this.#mine?.call) {
      if (answer.outcome === 'done') void this.#tellEnd(mine, END_TRIES);
      return;
    }
    if (answer.outcome === 'done') return this.#rung(mine, answer.value);
    if (answer.outcome === 'refused' && answer.reason === 'unknown_call') return this.#over('lost');
    if (answer.outcome === 'refused' && answer.reason === 'call_over') return this.#rename();
    this.#change({ trouble: answer.outcome === 'away' ? 'away' : 'full' });
    this.#after(answer.outcome === 'away' ? AGAIN_MS : REFUSED_AGAIN_MS, () => void this.#ring(mine));
  }

  /** Asked so late that the call was let go: whoever just tapped rings anew, a page that was reloaded does not. */
  #rename(): void {
    if (this.#mine === null || this.#is_resumed) return this.#over('lost');
    this.#keep({ call: `web-${this.#ports.token(32)}` });
    this.#after(AGAIN_MS, () => void this.#ring(this.#mine));
  }

  async #rung(mine: Kept, shown: Shown): Promise<void> {
    this.#apply(mine, shown, 0);
    if (mine.call !== this.#mine?.call) return;
    this.#soon(POLL_MS, () => this.#poll(mine));
    void this.#send();
    void this.#sendPlace();
    if (mine.only_types) return;
    await this.#freshFacts();
    if (mine.call === this.#mine?.call) await this.#ports.sound.connect(this.facts?.ice ?? []);
  }

  async #freshFacts(): Promise<void> {
    if (this.#ports.now() - this.#facts_at < FACTS_FRESH_MS) return;
    await Promise.race([this.prepare(), new Promise<void>((resume) => this.#after(FACTS_WAIT_MS, resume))]);
  }

  async #poll(mine: Kept | null): Promise<void> {
    if (mine === null || mine.call !== this.#mine?.call) return;
    const since = this.view.lines.length;
    const answer = await this.#ports.server.state(mine.call, mine.key, since);
    if (mine.call !== this.#mine?.call) return;
    if (answer.outcome === 'done') this.#apply(mine, answer.value, since);
    else if (answer.outcome === 'refused' && answer.reason === 'unknown_call') this.#over('lost');
    else if (this.#ports.now() - this.#heard_at >= AWAY_MS) this.#change({ trouble: 'away' });
    if (this.#mine !== null) this.#soon(this.#ports.now() < this.#hurry_until ? HURRY_MS : POLL_MS, () => this.#poll(mine));
  }

  #apply(mine: Kept, shown: Shown, since: number): void {
    this.#heard_at = this.#ports.now();
    this.#keep({ at: this.#heard_at });
    this.view = follow(this.view, shown, since);
    if (this.view.stage === 'over') return this.#over('other');
    if (!mine.only_types) this.#mendWhenUnheard(shown);
    this.#change({});
  }

  /** A media process that died does not say goodbye to a browser; the centre knows first. */
  #mendWhenUnheard({ is_heard, must_offer }: Shown): void {
    if (is_heard || this.view.path !== 'connected') {
      this.#unheard_at = null;
      return;
    }
    const now = this.#ports.now();
    this.#unheard_at ??= now;
    if (!must_offer && now - this.#unheard_at < UNHEARD_MS) return;
    this.#unheard_at = now;
    void this.#ports.sound.again();
  }

  /** Lines go out one after the other, in order, each until the centre has it. */
  async #send(): Promise<void> {
    const mine = this.#mine;
    const next = this.view.unsent.find((line) => !line.is_refused);
    if (mine === null || next === undefined || this.#is_sending || !this.view.is_known) return;
    this.#is_sending = true;
    const answer = await this.#ports.server.text(mine.call, mine.key, next.text);
    this.#is_sending = false;
    if (mine.call !== this.#mine?.call) return;
    if (isForLater(answer)) {
      this.#after(AGAIN_MS, () => void this.#send());
      return;
    }
    const others = this.view.unsent.filter((line) => line !== next);
    const is_refused = answer.outcome === 'refused';
    this.#change({ unsent: is_refused ? [...others, { text: next.text, is_refused }] : others });
    if (answer.outcome === 'done') this.#apply(mine, answer.value, 0);
    void this.#send();
  }

  /** A fix that is at most half as wrong as the last one is worth telling. */
  #found(place: Place | null): void {
    if (place === null) {
      if (this.#place === null) this.#change({ place: 'unknown' });
      return;
    }
    const is_better = (place.accuracy_m ?? Infinity) <= this.#sent_accuracy_m / 2;
    if (this.#place !== null && !is_better) return;
    this.#place = place;
    void this.#sendPlace();
  }

  async #sendPlace(): Promise<void> {
    const [mine, place] = [this.#mine, this.#place];
    if (mine === null || place === null || !this.view.is_known) return;
    this.#sent_accuracy_m = place.accuracy_m ?? Infinity;
    const answer = await this.#ports.server.place(mine.call, mine.key, place);
    if (mine.call !== this.#mine?.call || place !== this.#place) return;
    if (isForLater(answer)) this.#after(AGAIN_MS, () => void this.#sendPlace());
    else if (answer.outcome === 'done') this.#change({ place: 'sent', accuracy_m: place.accuracy_m ?? null });
    else this.#change({ place: 'unknown' });
  }

  async #tellEnd(mine: Kept, tries: number): Promise<void> {
    const answer: Answer<unknown> = await this.#ports.server.end(mine.call, mine.key);
    if (isForLater(answer) && tries > 1) this.#ports.after(AGAIN_MS, () => void this.#tellEnd(mine, tries - 1));
  }

  #over(ended_by: View['ended_by']): void {
    this.#stopTimers();
    this.#mine = null;
    this.#ports.keep.clear();
    this.#ports.sound.close();
    this.#change({ stage: 'over', ended_by, trouble: null, prompt: null });
  }

  #keep(changed: Partial<Kept>): void {
    if (this.#mine === null) return;
    this.#mine = { ...this.#mine, ...changed };
    this.#ports.keep.save(this.#mine);
  }

  #change(changed: Partial<View>): void {
    this.view = { ...this.view, ...changed };
    this.#shown(this.view);
  }

  #after(ms: number, action: () => void): void {
    const stop = this.#ports.after(ms, () => {
      this.#timers.delete(stop);
      action();
    });
    this.#timers.add(stop);
  }

  /** The one next question: an earlier one takes the place of a later one. */
  #soon(ms: number, poll: () => Promise<void>): void {
    this.#next_poll?.();
    const stop = this.#ports.after(ms, () => void poll());
    this.#next_poll = stop;
  }

  #stopTimers(): void {
    for (const stop of this.#timers) stop();
    this.#timers.clear();
    this.#next_poll?.();
    this.#next_poll = null;
  }
}

/** Nobody was there, or the page asks too often: the same once more, in a while. */
function isForLater(answer: Answer<unknown>): boolean {
  return answer.outcome === 'away' || (answer.outcome === 'refused' && answer.status === 429);
}
