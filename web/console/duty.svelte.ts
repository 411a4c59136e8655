/* Duty at a desk, seen from this window: which desk, and that its sound is unlocked. Starting is a click or Enter, the
   cure for the first call of the day that does not ring. The desk itself is a row of the board. */
import { act } from '../board/act.svelte.ts';
import { board } from '../board/board.svelte.ts';
import { desk_phone } from '../phone/desk.svelte.ts';

const STORE = 'kentongan.desk';

class Duty {
  /** The desk this window works at; null before "Mulai dinas" or without a desk. */
  desk = $state<string | null>(null);
  /** The gate was passed in this window: sound is unlocked. */
  is_started = $state(false);

  /** The desk this workstation used last. */
  get usual_desk(): string {
    return localStorage.getItem(STORE) ?? '';
  }

  /** Returns null, or the reason in words why the desk was refused. */
  async start(desk: string | null, headset_checked: boolean): Promise<boolean> {
    await desk_phone.unlock();
    if (desk !== null) {
      const is_mine = board.desk.get(desk)?.row.agent === board.me?.id && board.desk.get(desk)?.row.state === 'on_duty';
      if (!is_mine) {
        const answer = await act({ type: 'desk.start_duty', desk, headset_checked }, { row: desk });
        if (answer.outcome !== 'done') return false;
      }
      localStorage.setItem(STORE, desk);
    }
    this.desk = desk;
    this.is_started = true;
    return true;
  }

  async end(): Promise<void> {
    const desk = this.desk;
    if (desk !== null) {
      const answer = await act({ type: 'desk.end_duty', desk }, { row: desk });
      if (answer.outcome !== 'done') return;
    }
    desk_phone.close();
    this.desk = null;
    this.is_started = false;
  }
}

export const duty = new Duty();
