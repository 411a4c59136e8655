/* Orders that wait for the server, first in, first out. No framework: what shows and stores them is told through `changed`.

   Each keeps the id it was first sent with, so that one whose answer was lost on the way is not done twice, and the moment
   it was given, so that the record has the true time. What has waited too long is not sent any more: the world has changed
   meanwhile, and a person looks. */
import type { Answer } from '../wire/api.ts';
import type { AnyCommand, CommandType } from '../wire/commands.ts';
import type { Refusal } from '../wire/types.ts';

export interface Kept {
  readonly id: string;
  readonly command: AnyCommand;
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

export class CommandQueue {
  #kept: readonly Kept[];
  readonly #changed: (kept: readonly Kept[]) => void;

  constructor(kept: readonly Kept[], changed: (kept: readonly Kept[]) => void) {
    this.#kept = kept;
    this.#changed = changed;
  }

  get kept(): readonly Kept[] {
    return this.#kept;
  }

  /** Whether such a command may wait, and there is room. */
  takes(command: AnyCommand): boolean {
    return WAITS.includes(command.type) && this.#kept.length < KEPT_MAX;
  }

  /** Returns whether it was kept. */
  add(id: string, command: AnyCommand, at: number): boolean {
    if (!this.takes(command)) return false;
    this.#put([...this.#kept, { id, command, at }]);
    return true;
  }

  clear(): void {
    this.#put([]);
  }

  /** Sends in order until one gets no answer. What is refused or too old is told and does not hold up the others. */
  async drain(send: Sent, now: () => number): Promise<Round> {
    const refused: Refusal[] = [];
    const too_old: Kept[] = [];
    let done = 0;
    let beside = false;
    for (let first = this.#kept[0]; first !== undefined; first = this.#kept[0]) {
      const age_ms = Math.max(0, now() - first.at);
      if (age_ms > TOO_OLD_MS) {
        too_old.push(first);
        this.#drop(first);
        continue;
      }
      const answer = await send(first, age_ms / 1000);
      if (answer.outcome === 'away') break;
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
    this.#put(this.#kept.filter((one) => one.id !== id));
  }

  #put(kept: readonly Kept[]): void {
    this.#kept = kept;
    this.#changed(kept);
  }
}
