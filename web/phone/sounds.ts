/* The five earcons, made with WebAudio: nothing to load, nothing to miss. One at a time, the highest wins, and each has a
   visible twin on the screen. A browser plays nothing before somebody clicked: `unlock` is called by "Mulai dinas". */

export type Earcon = 'new_incident' | 'call' | 'alarm_high' | 'alarm_critical' | 'panic';

/** Higher wins. */
const RANK: Readonly<Record<Earcon, number>> = { new_incident: 0, alarm_high: 1, call: 2, alarm_critical: 3, panic: 4 };

/** A tone: start, length (seconds), frequency at its start and end (Hz). */
type Tone = readonly [at_s: number, length_s: number, from_hz: number, to_hz: number];

interface Pattern {
  readonly tones: readonly Tone[];
  readonly gain: number;
  /** Seconds from one start to the next; null plays once. */
  readonly every_s: number | null;
}

const pulses = (count: number, hz: number): Tone[] =>
  Array.from({ length: count }, (_, at): Tone => [at * 0.22, 0.13, hz, hz]);

const PATTERNS: Readonly<Record<Earcon, Pattern>> = {
  call: { tones: [[0, 0.4, 523, 523], [0.42, 0.4, 659, 659], [0.9, 0.4, 523, 523], [1.32, 0.4, 659, 659]], gain: 0.32, every_s: 3 },
  new_incident: { tones: [[0, 0.14, 587, 587], [0.17, 0.2, 784, 784]], gain: 0.16, every_s: null },
  alarm_high: { tones: pulses(3, 740), gain: 0.26, every_s: 15 },
  alarm_critical: { tones: pulses(5, 880), gain: 0.34, every_s: 5 },
  panic: { tones: [[0, 0.5, 500, 1400], [0.5, 0.5, 1400, 500]], gain: 0.38, every_s: 1.2 },
};

/** A browser that has not let sound through by then will not do so for this click. */
const UNLOCK_MS = 1_000;

export class Sounds {
  #context: AudioContext | null = null;
  #speaker = '';
  #out: GainNode | null = null;
  #wanted = new Set<Earcon>();
  #playing: Earcon | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #muted_until = 0;

  /** Makes the audio context without waiting for a gesture: a meter can hang on it already, and it runs as soon as the
   *  browser lets it. */
  prepare(): AudioContext {
    if (!this.#context) {
      this.#context = new AudioContext({ latencyHint: 'interactive' });
      this.#out = this.#context.createGain();
      this.#out.connect(this.#context.destination);
    }
    void this.#context.resume();
    return this.#context;
  }

  /** Call inside a click or key press. Returns whether sound is unlocked now. */
  async unlock(speaker = ''): Promise<boolean> {
    const context = this.prepare();
    await Promise.race([context.resume(), new Promise((give_up) => setTimeout(give_up, UNLOCK_MS))]);
    await this.use(speaker);
    return context.state === 'running';
  }

  get is_unlocked(): boolean {
    return this.#context?.state === 'running';
  }

  get context(): AudioContext | null {
    return this.#context;
  }

  /** Plays on this device, where the browser can choose one. */
  async use(speaker: string): Promise<void> {
    const context = this.#context as (AudioContext & { setSinkId?: (id: string) => Promise<void> }) | null;
    if (speaker === this.#speaker || !context?.setSinkId) return; // the default device needs no choosing, and may be absent
    this.#speaker = speaker;
    await Promise.race([context.setSinkId(speaker).catch(() => undefined), new Promise((give_up) => setTimeout(give_up, UNLOCK_MS))]);
  }

  /** Says which sounds are due now; the highest of them plays and repeats until it is no longer due. */
  want(due: Iterable<Earcon>): void {
    this.#wanted = new Set(due);
    this.#choose();
  }

  /** Plays once, for "Dengar nada panggilan" and for new incidents, unless something higher sounds. */
  once(earcon: Earcon): void {
    if (this.#playing !== null && RANK[this.#playing] >= RANK[earcon]) return;
    this.#play(PATTERNS[earcon]);
  }

  /** Senyap: this desk only. Panic is never muted. */
  mute(seconds: number): void {
    this.#muted_until = Date.now() + seconds * 1000;
    this.#choose();
    setTimeout(() => this.#choose(), seconds * 1000 + 20);
  }

  unmute(): void {
    this.#muted_until = 0;
    this.#choose();
  }

  get muted_s(): number {
    return Math.max(0, Math.ceil((this.#muted_until - Date.now()) / 1000));
  }

  #choose(): void {
    const is_muted = Date.now() < this.#muted_until;
    const due = [...this.#wanted].filter((earcon) => !is_muted || earcon === 'panic' || earcon === 'call');
    const highest = due.reduce<Earcon | null>((best, earcon) => (best === null || RANK[earcon] > RANK[best] ? earcon : best), null);
    if (highest === this.#playing) return;
    clearTimeout(this.#timer);
    this.#playing = highest;
    if (highest !== null) this.#repeat(highest);
  }

  #repeat(earcon: Earcon): void {
    const pattern = PATTERNS[earcon];
    this.#play(pattern);
    if (pattern.every_s === null) {
      this.#wanted.delete(earcon);
      this.#timer = setTimeout(() => this.#choose(), 600);
    } else this.#timer = setTimeout(() => this.#repeat(earcon), pattern.every_s * 1000);
  }

  #play({ tones, gain }: Pattern): void {
    const context = this.#context;
    if (!context || !this.#out || context.state !== 'running') return;
    for (const [at_s, length_s, from_hz, to_hz] of tones) {
      const start = context.currentTime + 0.02 + at_s;
      const oscillator = context.createOscillator();
      const shape = context.createGain();
      oscillator.type = 'triangle';
      oscillator.frequency.setValueAtTime(from_hz, start);
      if (to_hz !== from_hz) oscillator.frequency.linearRampToValueAtTime(to_hz, start + length_s);
      shape.gain.setValueAtTime(0, start);
      shape.gain.linearRampToValueAtTime(gain, start + 0.012);
      shape.gain.setValueAtTime(gain, start + length_s - 0.03);
      shape.gain.linearRampToValueAtTime(0, start + length_s);
      oscillator.connect(shape).connect(this.#out);
      oscillator.start(start);
      oscillator.stop(start + length_s + 0.01);
    }
  }
}

export const sounds = new Sounds();
