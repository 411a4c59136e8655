/* Letters on their way to a caller who reads: what changed in the field, in order, once each. No framework in here. The
   server gathers for 300 ms anyway (RFC 4103), so a request carries what was typed since the last one came back. */
import type { Answer } from '../wire/api.ts';

/** A part that got no answer is asked again under the same count, so that the caller reads it once. */
export const AGAIN_MS = 700;
/** Letters in one request; a pasted address is two. */
export const PART_MOST = 500;
/** Letters not sent yet; who pastes a book is told no. */
export const WAITING_MOST = 4_000;

const ERASED = '\b';
const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What has to be typed so that one text becomes the other: erasures of whole characters, then the new ones. */
export function typedBetween(before: string, after: string): string {
  const old = Array.from(characters.segment(before), (one) => one.segment);
  const now = Array.from(characters.segment(after), (one) => one.segment);
  let same = 0;
  while (same < old.length && same < now.length && old[same] === now[same]) same += 1;
  return ERASED.repeat(old.length - same) + now.slice(same).join('');
}

export interface Ways {
  send(stream: string, count: number, text: string): Promise<Answer<unknown>>;
  after(ms: number, run: () => void): void;
  /** The server says no: what waited is dropped. */
  refused(answer: Answer<unknown>): void;
  /** Whether letters wait because nobody answers. */
  behind(is_behind: boolean): void;
}

export class Letters {
  readonly #stream: string;
  readonly #ways: Ways;
  #waiting = '';
  #count = 0;
  #part = '';
  #is_sending = false;

  constructor(stream: string, ways: Ways) {
    this.#stream = stream;
    this.#ways = ways;
  }

  /** Whether there was room for it. */
  type(text: string): boolean {
    if (this.#waiting.length + text.length > WAITING_MOST) return false;
    this.#waiting += text;
    if (!this.#is_sending) void this.#send();
    return true;
  }

  async #send(): Promise<void> {
    this.#is_sending = true;
    while (this.#part !== '' || this.#waiting !== '') {
      if (this.#part === '') this.#take();
      const answer = await this.#ways.send(this.#stream, this.#count, this.#part);
      if (answer.outcome === 'away') {
        this.#ways.behind(true);
        this.#ways.after(AGAIN_MS, () => void this.#send());
        return;
      }
      this.#ways.behind(false);
      this.#part = '';
      if (answer.outcome !== 'done') {
        this.#waiting = '';
        this.#ways.refused(answer);
      }
    }
    this.#is_sending = false;
  }

  /** The next part; a character of two halves is not cut. */
  #take(): void {
    const end = this.#waiting.length > PART_MOST && /[\uD800-\uDBFF]/.test(this.#waiting.charAt(PART_MOST - 1)) ? PART_MOST - 1 : PART_MOST;
    this.#part = this.#waiting.slice(0, end);
    this.#waiting = this.#waiting.slice(end);
    this.#count += 1;
  }
}
