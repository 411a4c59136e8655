/* One plan at a time as a panel shows it: asked for, worked on elsewhere, there, or why not. */
import { ask } from '../../../wire/api.ts';
import { toldRefusal } from '../../../ui/i18n.svelte.ts';
import type { Text } from '../../../wire/plans.ts';
import { follow, type Begun } from '../job.ts';
import { say } from '../words.svelte.ts';

export class Work<T> {
  state = $state<'' | 'waiting' | 'working'>('');
  done = $state(0);
  of = $state(0);
  wrong = $state('');
  answer = $state.raw<T | null>(null);
  #turn = 0;

  /** Begins; what was asked before ends. */
  async ask(body: unknown): Promise<void> {
    const mine = (this.#turn += 1);
    [this.state, this.done, this.of, this.wrong] = ['waiting', 0, 0, ''];
    const begun = await ask<Begun>('POST', '/api/evaluation/plans', body);
    const ended = await follow<T>(begun, () => mine === this.#turn, (job) => {
      if (job.state === 'waiting' || job.state === 'working') [this.state, this.done, this.of] = [job.state, job.done, job.of];
    });
    if (mine !== this.#turn) return;
    this.state = '';
    if (ended.outcome === 'done') this.answer = ended.value;
    else if (ended.outcome === 'refused') this.wrong = toldRefusal(ended.refusal);
    else if (ended.outcome === 'wrong') this.wrong = ended.why;
    else this.wrong = ended.outcome === 'failed' ? say('job.failed', { why: ended.why }) : say('job.away');
  }

  /** Nobody waits for it any more. */
  stop(): void {
    this.#turn += 1;
    this.state = '';
  }
}

/** What the forecast tried besides the hour of the week: both errors, and whether it is used. */
export interface Cause {
  readonly name: string;
  readonly state: string;
  readonly without: number | null;
  readonly with_it: number | null;
  readonly spans: number;
  readonly acts: number;
  readonly known: number;
}

/** A usual week by the hour, from Monday 0 h: people needed, by the plan, and who was on duty. */
export interface Week {
  readonly begins: readonly number[];
  readonly hours: number;
  readonly people: readonly (readonly number[])[];
  /** The Monday of the week whose calls were forecast, as 2027-02-08, and its holidays that nobody has decreed yet. */
  readonly week_begins: string;
  readonly estimated: readonly { readonly name: Text; readonly day: string; readonly until: string }[];
  readonly shifts_a_week: number;
  readonly proved: boolean;
  readonly need: readonly number[];
  readonly planned: readonly number[];
  readonly on_duty: readonly number[];
  readonly weeks_on_record: number;
  readonly handling_s: number;
  readonly is_regression: boolean;
  readonly causes: readonly Cause[];
}
/** Kept while the page is open: the figures' matrix and the plan show the same week. */
export const week = new Work<Week>();
