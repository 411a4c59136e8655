/* Whether this computer draws the map fast enough, and how long to leave the keys alone. The map must never slow the
   keys: on a weak machine it shows less and moves seldom, by itself, and says so. Pure. */

/** Frames slower than this, at the median, are too slow, in milliseconds. */
export const SLOW_FRAME_MS = 100;
/** So many frames are looked at before anything is concluded. */
export const FRAMES_JUDGED = 12;
/** After a key the map waits so long before it draws again, in milliseconds. */
export const KEY_PAUSE_MS = 500;
/** But never longer than this, so that units do not stand still while somebody types, in milliseconds. */
export const KEY_PAUSE_MOST_MS = 5_000;
/** Units are moved so often: positions come twice a second, and none waits long. */
export const UPDATE_MS = 250;
/** But moving them takes at most this part of the time; a drawing that takes longer is made more seldom. */
export const UPDATE_PART = 10;
export const UPDATE_SAVING_MS = 5_000;

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|microsoft basic/i;

/** Whether that renderer is a processor pretending to be a graphics card. */
export const isSoftware = (renderer: string): boolean => SOFTWARE.test(renderer);

/** Judges by the time between frames of one movement. */
export class FrameJudge {
  #last: number | null = null;
  #spans: number[] = [];

  /** A frame was drawn at that time (milliseconds). True once the frames so far were too slow. */
  frame(at: number): boolean {
    if (this.#last !== null) this.#spans.push(at - this.#last);
    this.#last = at;
    if (this.#spans.length < FRAMES_JUDGED) return false;
    const sorted = this.#spans.toSorted((a, b) => a - b);
    this.#spans = [];
    return (sorted[Math.floor(sorted.length / 2)] ?? 0) > SLOW_FRAME_MS;
  }

  /** The movement is over: what comes next is no frame of it. */
  rest(): void {
    this.#last = null;
  }
}

/** When the map may be brought up to date. */
export class Pace {
  #key_at = Number.NEGATIVE_INFINITY;
  #drawn_at = Number.NEGATIVE_INFINITY;
  #pause_ms = UPDATE_MS;

  /** How long the last drawing kept the keys from being heard, in milliseconds. */
  took(spent_ms: number): void {
    this.#pause_ms = Math.max(UPDATE_MS, spent_ms * UPDATE_PART);
  }

  key(at: number): void {
    this.#key_at = at;
  }

  /** Whether to draw now; counts as drawn if so. */
  may(at: number, is_saving: boolean): boolean {
    const waited = at - this.#drawn_at;
    if (waited < (is_saving ? UPDATE_SAVING_MS : this.#pause_ms) - 50) return false;
    if (at - this.#key_at < KEY_PAUSE_MS && waited < KEY_PAUSE_MOST_MS + (is_saving ? UPDATE_SAVING_MS : 0)) return false;
    this.#drawn_at = at;
    return true;
  }
}
