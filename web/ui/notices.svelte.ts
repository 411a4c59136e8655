/* What was just done, in words, with its way back; and what did not work. One line at a time, in the command bar: a
   newer one replaces an older one, whose way back stays open for its ten seconds; the history stays readable in the help
   overlay. */
import { ordered, undoable } from './undoable.ts';

/** Notices kept for reading again. */
const HISTORY_MOST = 50;

export interface Notice {
  readonly tone: 'done' | 'warning';
  readonly text: string;
  readonly at: number;
  readonly undo: (() => Promise<void>) | null;
}

class Notices {
  current = $state.raw<Notice | null>(null);
  /** The last orders, the newest last, each with its way back or none; told anew each second. */
  undoable = $state.raw<readonly Notice[]>([]);
  history = $state.raw<readonly Notice[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** With null for an order that cannot be taken back: none before it is, or Ctrl+Z would take back another. */
  done(text: string, undo?: Notice['undo']): void {
    this.#show('done', text, undo);
  }

  /** With null for an order that went through otherwise than it was given. */
  warn(text: string, undo?: null): void {
    this.#show('warning', text, undo);
  }

  /** Ctrl+Z: takes back the newest order, if it can be; again, the one before. Which order that was. */
  async undo(): Promise<Notice | undefined> {
    const last = this.undoable.at(-1);
    this.#look(null, this.undoable.slice(0, -1));
    await last?.undo?.();
    return last;
  }

  #show(tone: Notice['tone'], text: string, undo?: Notice['undo']): void {
    const shown = { tone, text, undo: undo ?? null, at: Date.now() };
    this.history = [shown, ...this.history].slice(0, HISTORY_MOST);
    this.#look(shown, ordered(this.undoable, shown, undo));
  }

  #look(current: Notice | null, undos: readonly Notice[]): void {
    clearTimeout(this.#timer);
    const now = Date.now();
    this.undoable = undoable(undos, now);
    this.current = undoable(current ? [current] : [], now)[0] ?? null;
    if (undos[0] ?? current) this.#timer = setTimeout(() => this.#look(this.current, this.undoable), 1000);
  }
}

export const notices = new Notices();
