/* A list on screen: sorted, but never moving under the hand. Give it a function that says what should be shown;
   call `touch()` on every key or pointer on the list and `settle()` when the person asks for the new order. */
import { arrange, STILL_MS } from './order.ts';

export class OrderedList<T> {
  #shown = $state.raw<readonly T[]>([]);
  waiting = $state(0);
  #wanted: readonly T[] = [];
  #touchedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get shown(): readonly T[] {
    return this.#shown;
  }

  /** Call from an effect with the wanted order. */
  want(wanted: readonly T[]): void {
    this.#wanted = wanted;
    this.#arrange(performance.now() - this.#touchedAt < STILL_MS && this.#touchedAt > 0);
  }

  touch(): void {
    this.#touchedAt = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.settle(), STILL_MS);
  }

  settle(): void {
    clearTimeout(this.#timer);
    this.#touchedAt = 0;
    this.#arrange(false);
  }

  #arrange(still: boolean): void {
    const { shown, waiting } = arrange(this.#shown, this.#wanted, still);
    this.#shown = shown;
    this.waiting = waiting;
  }
}
