/* Pictures from the scene on their way: kept before they are sent, sent in the order in which they were taken, and off the
   device with the centre's answer, whatever it was. Free of the browser: shelf, sending and clock come in. */
import type { KeptPhoto, PhotoShelf } from './photo-shelf.ts';
import type { Sent } from './photo.ts';

/** Pictures that wait at most: about 10 MB. */
export const PHOTOS_MOST = 20;
/** A picture that could not be sent for so long is of no use to anybody, and must not stay on a telephone. */
export const KEEP_MS = 86_400_000;

export interface PhotoView {
  readonly waiting: readonly KeptPhoto[];
  /** Sent since this page was opened. */
  readonly sent: readonly KeptPhoto[];
  /** Why the centre did not take the last one; "" when it did. */
  readonly trouble: string;
}

export class PhotoBox {
  readonly #shelf: PhotoShelf;
  readonly #send: (photo: KeptPhoto) => Promise<Sent>;
  readonly #now: () => number;
  readonly #changed: (view: PhotoView) => void;
  #agent: string | null = null;
  #waiting: KeptPhoto[] = [];
  #sent: KeptPhoto[] = [];
  #trouble = '';
  /** Answered on this page: a look at the shelf that began before the answer does not bring them back. */
  readonly #answered = new Set<string>();
  #sending: Promise<void> | null = null;

  constructor(shelf: PhotoShelf, send: (photo: KeptPhoto) => Promise<Sent>, now: () => number, changed: (view: PhotoView) => void) {
    this.#shelf = shelf;
    this.#send = send;
    this.#now = now;
    this.#changed = changed;
  }

  /** Reads what an earlier page left for this person, forgets what is too old, and sends. */
  async open(agent: string): Promise<void> {
    if (this.#agent !== agent) {
      [this.#agent, this.#waiting, this.#sent, this.#trouble] = [agent, [], [], ''];
      this.#tell();
    }
    const kept = (await this.#shelf.load()).sort((a, b) => a.at - b.at);
    const is_old = (photo: KeptPhoto): boolean => this.#now() - photo.at > KEEP_MS;
    for (const { id } of kept.filter(is_old)) await this.#shelf.remove(id);
    if (this.#agent !== agent) return; // somebody else signed in while the shelf was read
    const known = new Set([...this.#answered, ...this.#waiting.map(({ id }) => id)]);
    const found = kept.filter((photo) => !is_old(photo) && photo.agent === agent && !known.has(photo.id));
    this.#waiting = [...found, ...this.#waiting];
    this.#tell();
    await this.flush();
  }

  /** Keeps it and tries to send. False when there is no room for it: too many wait, or the device keeps nothing. */
  async add(photo: Omit<KeptPhoto, 'agent' | 'at'>): Promise<boolean> {
    if (this.#agent === null || this.#waiting.length >= PHOTOS_MOST) return false;
    const kept: KeptPhoto = { ...photo, agent: this.#agent, at: this.#now() };
    try {
      await this.#shelf.put(kept);
    } catch {
      return false;
    }
    if (this.#agent !== kept.agent) return true; // kept for its owner's next page
    this.#waiting = [...this.#waiting, kept];
    this.#tell();
    void this.flush();
    return true;
  }

  flush(): Promise<void> {
    this.#sending ??= this.#run().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #run(): Promise<void> {
    for (let [next] = this.#waiting; next; [next] = this.#waiting) {
      const answer = await this.#send(next);
      if (answer.outcome === 'away') return;
      this.#answered.add(next.id);
      await this.#shelf.remove(next.id);
      if (this.#agent !== next.agent) continue;
      this.#waiting = this.#waiting.filter(({ id }) => id !== next.id);
      this.#trouble = answer.outcome === 'refused' ? answer.why : '';
      if (answer.outcome === 'sent') this.#sent = [...this.#sent, next];
      this.#tell();
    }
  }

  #tell(): void {
    this.#changed({ waiting: [...this.#waiting], sent: this.#sent, trouble: this.#trouble });
  }
}
