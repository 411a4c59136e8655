/* What was just done, in words, with its way back; and what did not work. One line at a time, in the command bar: a
   newer one replaces an older one, and the history stays readable in the help overlay. */

/** How long an action can be taken back from the bar, in seconds. */
export const UNDO_S = 10;
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
  remaining_s = $state(0);
  history = $state.raw<readonly Notice[]>([]);
  #next = 1;
  #timer: ReturnType<typeof setInterval> | undefined;

  done(text: string, undo?: () => Promise<void>): void {
    this.#show({ tone: 'done', text, undo: undo ?? null }, UNDO_S);
  }

  warn(text: string): void {
    this.#show({ tone: 'warning', text, undo: null }, WARNING_S);
  }

  /** Ctrl+Z: takes back the action that is still in the bar. */
  async undo(): Promise<boolean> {
    const undo = this.current?.undo;
    if (!undo) return false;
    this.dismiss();
    await undo();
    return true;
  }

  dismiss(): void {
    clearInterval(this.#timer);
    this.current = null;
  }

  #show(notice: Pick<Notice, 'tone' | 'text' | 'undo'>, seconds: number): void {
    const shown: Notice = { ...notice, id: this.#next, at: Date.now() };
    this.#next += 1;
    this.current = shown;
    this.history = [shown, ...this.history].slice(0, HISTORY_MOST);
    this.remaining_s = seconds;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      this.remaining_s -= 1;
      if (this.remaining_s <= 0) this.dismiss();
    }, 1000);
  }
}

export const notices = new Notices();
