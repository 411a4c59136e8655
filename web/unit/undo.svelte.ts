/* A wrong tap can be taken back for ten seconds: the step before it is sent as a correction, with its own time. What was
   tapped stays in the record beside it. */
import type { Progress } from '../wire/rows.ts';

const UNDO_S = 10;

export interface Step {
  readonly incident: string;
  readonly before: Progress;
}

class Undo {
  step = $state.raw<Step | null>(null);
  left_s = $state(0);
  #timer: ReturnType<typeof setInterval> | undefined;

  offer(step: Step): void {
    clearInterval(this.#timer);
    this.step = step;
    this.left_s = UNDO_S;
    this.#timer = setInterval(() => {
      this.left_s -= 1;
      if (this.left_s <= 0) this.forget();
    }, 1000);
  }

  forget(): void {
    clearInterval(this.#timer);
    this.step = null;
  }
}

export const undo = new Undo();
