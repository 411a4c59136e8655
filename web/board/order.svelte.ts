/* A list on screen: sorted, but never moving under the hand. Give it a function that says what should be shown;
   call `touch()` on every key or pointer on the list and `settle()` when the person asks for the new order. A list whose rows are pressed is
   `hold()` while the pointer is on it: then a row that went away leaves a gap. The selected row keeps its place until the
   person asks. */
import { arrange, RESTS_MS, STILL_MS } from './order.ts';

export class OrderedList<T> {
  #shown = $state.raw<readonly T[]>([]);
  waiting = $state(0);
  #wanted: readonly T[] = [];
  #touchedAt = 0;
  held = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #selected: (() => T | undefined) | undefined;

  constructor(selected?: () => T | undefined) {
    this.#selected = selected;
  }

  get shown(): readonly T[] {
    return this.#shown;
  }

  /** Call from an effect with the wanted order. */
  want(wanted: readonly T[]): void {
    this.#wanted = wanted;
    this.#arrange(this.held || (performance.now() - this.#touchedAt < STILL_MS && this.#touchedAt > 0));
  }

  touch(): void {
    this.#touchedAt = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), STILL_MS);
  }

  /** The pointer is on it, and moved. */
  hold(): void {
    this.held = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), RESTS_MS);
  }

  settle(): void {
    this.#rest(true);
  }

  #rest(asked = false): void {
    clearTimeout(this.#timer);
    this.held = false;
    this.#touchedAt = 0;
    this.#arrange(false, asked);
  }

  #arrange(still: boolean, asked = false): void {
    const { shown, waiting } = arrange(this.#shown, this.#wanted, still, this.held, asked ? undefined : this.#selected?.());
    this.#shown = shown;
    this.waiting = waiting;
  }
}
