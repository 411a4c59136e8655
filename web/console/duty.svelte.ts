/* Duty at a desk, seen from this window: which desk, and that its sound is unlocked. Starting is a click or Enter, the
   cure for the first call of the day that does not ring. The desk itself is a row of the board. */
import { untrack } from 'svelte';
import { act } from '../board/act.svelte.ts';
import { board } from '../board/board.svelte.ts';
import { heardAt } from '../board/voice.ts';
import { desk_phone } from '../phone/desk.svelte.ts';
import { is_reloaded, page } from '../phone/page.ts';
import { toldRefusal } from '../ui/i18n.svelte.ts';
import { notices } from '../ui/notices.svelte.ts';
import { workstation } from '../ui/workstation.svelte.ts';

class Duty {
  /** The desk this window works at; null before "Mulai dinas" or without a desk. */
  desk = $state<string | null>(null);
  /** The gate was passed in this window: sound is unlocked. */
  is_started = $state(false);
  /** The desk that somebody else freed while this window worked at it, until duty begins again. */
  taken = $state<string | null>(null);
  /** This window signs out: its inbox no longer counts as watched. */
  is_leaving = $state(false);
  /** The board has shown this desk as this person's since duty began. */
  #was_mine = false;
  #is_ending = false;
  /** Reloaded, and nothing was begun since. */
  #may_resume = is_reloaded;

  /** Returns whether the desk was given; a notice says why not. Null when another window of this person is there and has
   *  the sound: with `take_over` it comes from there. */
  async start(desk: string | null, headset_checked: boolean, take_over = false): Promise<boolean | null> {
    this.#may_resume = false;
    await desk_phone.unlock();
    if (desk !== null && !this.#holds(desk)) {
      const { skills, languages } = workstation;
      const answer = await act({ type: 'desk.start_duty', desk, page, take_over, headset_checked, skills, languages }, { row: desk, quiet: true });
      if (answer.outcome === 'refused' && answer.refusal.reason === 'on_duty_in_other_window') return null;
      if (answer.outcome === 'refused') notices.warn(toldRefusal(answer.refusal));
      if (answer.outcome !== 'done') return false;
    }
    this.#was_mine = false;
    this.taken = null;
    this.desk = desk;
    this.is_started = true;
    return true;
  }

  /** The desk of this window when it was reloaded in mid-call: nobody has a hand free for the gate then. */
  get interrupted_desk(): string | null {
    void board.desk.version;
    const desk = board.desk.all().find(({ row }) => this.#holds(row.key))?.row.key;
    return this.#may_resume && desk && heardAt(board.call.all().map((live) => live.row), desk) ? desk : null;
  }

  /** Back to the same call; its audio connects again by itself. */
  async resume(desk: string): Promise<void> {
    this.#may_resume = false;
    await desk_phone.open(workstation.microphone);
    await this.start(desk, false);
  }

  /** Whether it ended: nobody leaves a desk in mid-call. */
  async end(): Promise<boolean> {
    const desk = this.desk;
    if (desk !== null) {
      this.#is_ending = true;
      const answer = await act({ type: 'desk.end_duty', desk }, { row: desk }).finally(() => (this.#is_ending = false));
      if (answer.outcome !== 'done') return false;
    }
    this.#leave();
    return true;
  }

  /** An officer who signs out no longer watches the agency's inbox: nobody is told of a task at home. Where another window
   *  of the same person still watches, that window says so again. */
  async endWatch(): Promise<void> {
    const agency = board.me?.agency;
    if (!agency) return;
    this.is_leaving = true;
    await act({ type: 'agency.end_duty', agency }, { quiet: true });
  }

  /** Whether the board shows this person at that desk, with the sound in this window. */
  #holds(desk: string): boolean {
    void board.desk.version;
    const row = board.desk.get(desk)?.row;
    return row?.agent === board.me?.id && row?.page === page;
  }

  /** This window may have the sound: it works at no desk, or the board says so. */
  get has_sound(): boolean {
    return this.desk === null || this.#holds(this.desk);
  }

  /** The desk is no longer this window's: a supervisor freed it, or another window ended duty or took over. Nothing rings
   *  here then, so the screen must not go on as if it did. */
  watch(): void {
    if (this.desk === null || this.#is_ending) return;
    if (this.#holds(this.desk)) this.#was_mine = true;
    else if (this.#was_mine) {
      this.taken = this.desk;
      this.#leave();
    }
  }

  #leave(): void {
    desk_phone.close();
    this.#was_mine = false;
    this.desk = null;
    this.is_started = false;
  }
}

export const duty = new Duty();

$effect.root(() => {
  $effect(() => duty.watch());
  $effect(() => {
    const desk = duty.interrupted_desk;
    if (desk !== null) void untrack(() => duty.resume(desk));
  });
});
