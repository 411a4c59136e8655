/* The wish to draw: a form asks for a shape, the map that is open lets somebody draw it and answers with it. Neither knows
   the other. One wish at a time: a second one ends the first with nothing. */
import type { DrawnKind, DrawnShape } from './drawing.ts';

interface Wish {
  readonly kind: DrawnKind;
  readonly take: (shape: DrawnShape | null) => void;
}

class Draw {
  #wish = $state.raw<Wish | null>(null);
  /** Whether a map is open on which something can be drawn; the map says so. */
  is_possible = $state(false);

  /** What is to be drawn now, or null. */
  get kind(): DrawnKind | null {
    return this.#wish?.kind ?? null;
  }

  /** Asks for a shape; null when drawing was left without one. */
  ask(kind: DrawnKind): Promise<DrawnShape | null> {
    this.finish(null);
    return new Promise((take) => {
      this.#wish = { kind, take };
    });
  }

  /** The map's answer: the shape, or null when it was left. */
  finish(shape: DrawnShape | null): void {
    const wish = this.#wish;
    this.#wish = null;
    wish?.take(shape);
  }
}

export const draw = new Draw();
