/* A shape that somebody is drawing on the map now, on a form's wish (`draw`): its corners so far, and its end. */
import type { Point } from '../wire/rows.ts';
import { draw } from './draw.svelte.ts';
import { Drawing, type DrawnKind, type DrawnShape } from './drawing.ts';

export class Hand {
  drawing = $state.raw<Drawing | null>(null);
  corners = $state(0);
  readonly #changed: (features: readonly GeoJSON.Feature[]) => void;

  /** `changed` is told what is to be seen of it. */
  constructor(changed: (features: readonly GeoJSON.Feature[]) => void) {
    this.#changed = changed;
  }

  begin(kind: DrawnKind | null): void {
    this.drawing = kind === null ? null : new Drawing(kind);
    this.#sketched();
  }

  add(point: Point): void {
    if (!this.drawing) return;
    const is_whole = this.drawing.add(point);
    this.#sketched();
    if (is_whole) this.finish();
  }

  undo(): void {
    this.drawing?.undo();
    this.#sketched();
  }

  finish(): void {
    const shape = this.drawing?.finish();
    if (shape) this.end(shape);
  }

  end(shape: DrawnShape | null): void {
    this.begin(null);
    draw.finish(shape);
  }

  #sketched(): void {
    this.corners = this.drawing?.corners ?? 0;
    this.#changed(this.drawing?.sketch() ?? []);
  }
}
