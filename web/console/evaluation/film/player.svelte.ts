/* The clock of a film. A recording that belongs to it is heard in step: while it is heard the film is where the recording is,
   by the time at which that began; before and after it the film goes on alone. */
import { eventBeside, later, reaching, secondOf, SPEEDS, type Film } from './film.ts';

/** A voice is not understood faster than this. */
export const HEARD_SPEED_MAX = 4;

interface Sound {
  readonly node: HTMLAudioElement;
  /** When its first second was heard. */
  readonly started: number;
}

export class Player {
  film = $state.raw<Film | null>(null);
  at = $state(0);
  speed = $state<number>(8);
  /** Its own clock goes. */
  #is_going = $state(false);
  /** The recording's does. */
  #is_heard = $state(false);
  /** A recording plays whose beginning nobody knows. */
  is_apart = $state(false);
  #sound: Sound | null = null;

  get is_playing(): boolean {
    return this.#is_going || this.#is_heard;
  }

  /** How fast it is now: a recording is heard no faster than a voice can be. */
  get pace(): number {
    return this.#is_heard ? Math.min(this.speed, HEARD_SPEED_MAX) : this.speed;
  }

  begin(film: Film | null): void {
    this.film = film;
    this.at = film?.start ?? 0;
  }

  /** While it goes, frame by frame: to be an effect of its component. */
  run(): (() => void) | undefined {
    const film = this.film;
    if (!this.#is_going || film === null) return undefined;
    let before = performance.now();
    const step = (now: number): void => {
      this.at = later(film, this.at, now - before, this.speed);
      before = now;
      if (this.at >= film.end) this.#is_going = false;
      else if (this.#second() === null) frame = requestAnimationFrame(step);
      else this.#hear();
    };
    let frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }

  toggle(): void {
    const { film } = this;
    if (film === null) return;
    if (this.is_playing) {
      [this.#is_going, this.#is_heard] = [false, false];
      this.#sound?.node.pause();
      return;
    }
    if (this.at >= film.end) this.at = film.start;
    if (this.#second() === null) this.#is_going = true;
    else this.#hear();
  }

  go(to: number): void {
    const { film } = this;
    if (film === null) return;
    const goes_on = this.is_playing;
    this.at = Math.min(Math.max(to, film.start), film.end);
    const second = this.#second();
    if (second !== null && this.#sound) {
      this.#sound.node.currentTime = second;
      if (goes_on) this.#hear();
    } else if (goes_on) {
      this.#is_heard = false;
      this.#sound?.node.pause();
      this.#is_going = this.at < film.end;
    }
  }

  beside(by: 1 | -1): void {
    if (this.film !== null) this.go(eventBeside(this.film, this.at, by));
  }

  faster(by: 1 | -1): void {
    const at = SPEEDS.findIndex((one) => one === this.speed) + by;
    this.use(SPEEDS[Math.min(Math.max(at, 0), SPEEDS.length - 1)] ?? this.speed);
  }

  use(speed: number): void {
    this.speed = speed;
    if (this.#sound) this.#sound.node.playbackRate = Math.min(speed, HEARD_SPEED_MAX);
  }

  /** What a player of recordings below the film tells. */
  heard(event: Event): void {
    const { target: node, type } = event;
    if (!(node instanceof HTMLAudioElement) || this.film === null) return;
    const started = Date.parse(node.dataset['started'] ?? '');
    this.is_apart = Number.isNaN(started);
    if (this.is_apart) {
      this.#sound = null;
      this.#is_heard = false;
      return;
    }
    this.film = reaching(this.film, started, started + (node.duration || 0) * 1000);
    if (type === 'play') {
      this.#sound = { node, started };
      node.playbackRate = Math.min(this.speed, HEARD_SPEED_MAX);
      [this.#is_going, this.#is_heard] = [false, true];
    } else if (type === 'ended') [this.#is_heard, this.#is_going] = [false, this.at < this.film.end];
    else if (type === 'pause') this.#is_heard = false;
    if (this.#is_heard) this.at = Math.min(Math.max(started + node.currentTime * 1000, this.film.start), this.film.end);
  }

  /** What of the recording belongs to this moment; null where there is none. */
  #second(): number | null {
    return this.#sound?.node.isConnected ? secondOf(this.#sound.started, this.#sound.node.duration, this.at) : null;
  }

  #hear(): void {
    const [sound, second] = [this.#sound, this.#second()];
    if (sound === null || second === null) return;
    [this.#is_going, this.#is_heard] = [false, true];
    if (Math.abs(sound.node.currentTime - second) > 0.05) sound.node.currentTime = second;
    sound.node.play().catch(() => {
      if (this.#sound === sound) this.#sound = null; // it cannot be heard: the film goes on without it
      [this.#is_going, this.#is_heard] = [true, false];
    });
  }
}

/** Of the players below a film, what the film follows. */
export const HEARD = ['play', 'timeupdate', 'pause', 'ended'] as const;
