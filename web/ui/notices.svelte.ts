/* What was just done, in words, with its way back; and what did not work. One line at a time, in the command bar: a
   newer one replaces an older one, whose way back stays open for its ten seconds; the history stays readable in the help
   overlay. */
import { undoable, UNDO_S } from './undoable.ts';

/** How long a warning stays when nobody closes it, in seconds. */
export const WARNING_S = 12;
/** Notices kept for reading again. */
const HISTORY_MOST = 50;

export interface Notice {
  readonly id: number;
  readonly tone: 'done' | 'warning';
  readonly text: string;
  readonly at: number;
  readonly undo: (() => Promise<void>) | null;
}

class Notices {
  current = $state.raw<Notice | null>(null);
  /** What can still be taken back, the newest last. */
  undoable = $state.raw<readonly Notice[]>([]);
  /** Of the newest of these. */
  remaining_s = $state(0);
  history = $state.raw<readonly Notice[]>([]);
  #next = 1;
  #timer: ReturnType<typeof setInterval> | undefined;

  done(text: string, undo?: () => Promise<void>): void {
    this.#show({ tone: 'done', text, undo: undo ?? null });
  }

  warn(text: string): void {
    this.#show({ tone: 'warning', text, undo: null });
  }

  /** Ctrl+Z: takes back the newest action that still can be; again, the one before. */
  async undo(): Promise<boolean> {
    const last = this.undoable.at(-1);
    if (!last?.undo) return false;
    if (this.current === last) this.current = null;
    this.#look(this.undoable.slice(0, -1));
    await last.undo();
    return true;
  }

  #show(notice: Pick<Notice, 'tone' | 'text' | 'undo'>): void {
    const shown: Notice = { ...notice, id: this.#next, at: Date.now() };
    this.#next += 1;
    this.current = shown;
    this.history = [shown, ...this.history].slice(0, HISTORY_MOST);
    this.#look(shown.undo ? [...this.undoable, shown] : this.undoable);
    this.#timer ??= setInterval(() => this.#look(this.undoable), 1000);
  }

  #look(undos: readonly Notice[]): void {
    const now = Date.now();
    const { current } = this;
    if (current && now - current.at >= (current.tone === 'done' ? UNDO_S : WARNING_S) * 1000) this.current = null;
    this.undoable = undoable(undos, now);
    this.remaining_s = Math.ceil(UNDO_S - (now - (this.undoable.at(-1)?.at ?? now)) / 1000);
    if (this.current || this.undoable.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

export const notices = new Notices();
