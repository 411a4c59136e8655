/* Where a key asked the map of this screen to look, once: a unit, or the incident again. */
import type { Point } from '../wire/rows.ts';

class Look {
  /** A new object each time, so that the same place asked for twice is looked at twice. */
  at = $state.raw<Point | null>(null);
}

export const look = new Look();
