/* Orders that wait for the server, first in, first out. No framework: what shows and stores them is told through `changed`.

   Each keeps the id it was first sent with, so that one whose answer was lost on the way is not done twice, and the moment
   it was given, so that the record has the true time. What has waited too long is not sent any more: the world has changed
   meanwhile, and a person looks. It goes out as the order of who gave it: another person at this computer leaves it alone.
   One whose answer is still awaited is written down, too, and waits like the others when the page was loaded anew. */
import type { Answer } from '../wire/api.ts';
import type { AnyCommand, CommandType } from '../wire/commands.ts';
import type { Refusal } from '../wire/types.ts';

export interface Kept {
  readonly id: string;
  readonly command: AnyCommand;
  /** Whose it is, and what they are called. */
  readonly agent: string;
  readonly name: string;
  /** When it was given, by this computer's clock: only the difference counts. */
  readonly at: number;
}

/** More than this in one window means that somebody works against a centre that is gone: paper is better. */
export const KEPT_MAX = 50;
/** Older than this nothing is sent without a person, in milliseconds. */
export const TOO_OLD_MS = 600_000;

/** What may wait: orders to people who are told when it goes out. Words of the interview are kept by the interview, and a
 *  call is the telephone's. */
export const WAITS: readonly CommandType[] = [
  'incident.send',
  'incident.classify',
  'incident.set_priority',
  'incident.add_note',
  'incident.tell_casualties',
  'incident.note_danger',
  'incident.close',
  'incident.schedule',
  'incident.message',
  'task.task',
  'assignment.assign',
  'assignment.progress',
  'assignment.release',
  'unit.message',
  'unit.out_of_service',
  'unit.return_to_service',
];

type Sent = (kept: Kept, age_s: number) => Promise<Answer<{ readonly events: readonly string[] }>>;

/** What became of a round: how many were done, what was refused, which were too old, whether somebody must sign in; and
 *  whether something was kept beside what somebody else wrote meanwhile. */
export interface Round {
  readonly done: number;
  readonly beside: boolean;
  readonly refused: readonly Refusal[];
  readonly too_old: readonly Kept[];
  readonly signed_out: boolean;
}

export interface Person {
  readonly id: string;
  readonly name: string;
}

export class CommandQueue {
  readonly #me: Person;
  #all: readonly Kept[];
  readonly #under_way = new Set<string>();
  #being_sent = '';
  /** Those that the centre may have, although its answer never came. */
  readonly #tried = new Set<string>();
  readonly #changed: (all: readonly Kept[]) => void;

  /** The queue of `me`; `all` is what was written down, also of others. */
  constructor(me: Person, all: readonly Kept[], changed: (all: readonly Kept[]) => void) {
    this.#me = me;
    this.#all = all;
    this.#changed = changed;
  }

  /** One's own that wait. */
  get kept(): readonly Kept[] {
    return this.#all.filter((one) => one.agent === this.#me.id && !this.#under_way.has(one.id));
  }

  get others(): readonly Kept[] {
    return this.#all.filter((one) => one.agent !== this.#me.id);
  }

  /** Whether such a command may wait, and there is room. */
  takes(command: AnyCommand): boolean {
    return WAITS.includes(command.type) && this.#all.length - this.others.length < KEPT_MAX;
  }

  /** Writes down what is sent now; what comes back is told whether nobody answered, and says whether it waits then. */
  begin(id: string, command: AnyCommand, at: number): (is_away: boolean, was_tried?: boolean) => boolean {
    if (!this.takes(command)) return () => false;
    this.#under_way.add(id);
    this.#put([...this.#all, { id, command, agent: this.#me.id, name: this.#me.name, at }]);
    return (is_away, was_tried) => {
      if (was_tried) this.#tried.add(id);
      this.#under_way.delete(id);
      this.#put(is_away ? this.#all : this.#all.filter((one) => one.id !== id));
      return is_away;
    };
  }

  /** Forgets one that waits and was never sent; false when it was, is being sent, or is gone. */
  takeBack(id: string): boolean {
    const waiting = this.kept.find((one) => one.id === id);
    if (!waiting || id === this.#being_sent || this.#tried.has(id)) return false;
    this.#drop(waiting);
    return true;
  }

  /** Forgets one's own that wait. */
  clear(): void {
    const waiting = this.kept;
    this.#put(this.#all.filter((one) => !waiting.includes(one)));
  }

  /** Sends in order until one gets no answer. What is refused or too old is told and does not hold up the others. */
  async drain(send: Sent, now: () => number): Promise<Round> {
    const refused: Refusal[] = [];
    const too_old: Kept[] = [];
    let done = 0;
    let beside = false;
    for (let first = this.kept[0]; first !== undefined; first = this.kept[0]) {
      const age_ms = Math.max(0, now() - first.at);
      if (age_ms > TOO_OLD_MS) {
        too_old.push(first);
        this.#drop(first);
        continue;
      }
      this.#being_sent = first.id;
      const answer = await send(first, age_ms / 1000).finally(() => (this.#being_sent = ''));
      if (answer.outcome === 'away') {
        this.#tried.add(first.id);
        break;
      }
      if (answer.outcome === 'signed_out') return { done, beside, refused, too_old, signed_out: true };
      if (answer.outcome === 'refused') refused.push(answer.refusal);
      else {
        done += 1;
        beside ||= answer.value.events.some((event) => event.endsWith('variant_kept'));
      }
      this.#drop(first);
    }
    return { done, beside, refused, too_old, signed_out: false };
  }

  #drop({ id }: Kept): void {
    this.#put(this.#all.filter((one) => one.id !== id));
  }

  #put(all: readonly Kept[]): void {
    this.#all = all;
    this.#changed(all);
  }
}
