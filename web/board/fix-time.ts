/* When the newest position that is known was measured: not when it came, for after signing in old ones come. Pure. */
import type { Position } from '../wire/types.ts';

/** In milliseconds of the server's clock; `before` is what was the newest so far. */
export function newestAt(positions: readonly Position[], now: number, before: number | null): number | null {
  return positions.reduce<number | null>((newest, [, , , , age_s]) => Math.max(newest ?? -Infinity, now - age_s * 1000), before);
}
