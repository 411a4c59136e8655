/* The dialogs of a shift: handing over, reading what was handed over, entering a paper form. Which of them is open. */
import { board } from '../../board/board.svelte.ts';
import type { DeskRow } from '../../wire/rows.ts';

type Opened = 'hand_over' | 'read' | 'late' | null;

const LOCK = 'kentongan.locked';

class Shift {
  opened = $state<Opened>(null);
  /** What who leaves has to say; a call that is answered over it takes none of it. */
  note = $state('');
  #is_locked = $state(sessionStorage.getItem(LOCK) !== null);

  /** Nobody reads or does anything at this desk; it rings all the same. A reload opens nothing. */
  get is_locked(): boolean {
    return this.#is_locked;
  }
  set is_locked(is_so: boolean) {
    this.#is_locked = is_so;
    if (is_so) sessionStorage.setItem(LOCK, '1');
    else sessionStorage.removeItem(LOCK);
  }

  open(what: Opened): void {
    this.opened = what;
  }
}

export const shift = new Shift();

/** Handovers that nobody has signed and that this person may sign, oldest first. */
export function unread(): DeskRow[] {
  const me = board.me?.id;
  return board.desk
    .list((desk) => desk.handover !== null && desk.handover.signed_at === null && desk.handover.by !== me)
    .map((live) => live.row)
    .sort((a, b) => (a.handover?.written_at ?? '').localeCompare(b.handover?.written_at ?? ''));
}
