/* From which age on a position is old: one rule for the header, the lists and the map. Pure. */

/** A fix this old draws the unit hollow with a "?" and its age, in seconds. */
export const STALE_S = 30;
/** A fix this old draws it thin as well, in seconds. */
export const LOST_S = 300;

/** When the newest of these positions was measured, null without any: not when it came, for with signing in old ones come. */
export function newestAt(where: ReadonlyMap<string, { readonly at: number }>): number | null {
  let newest: number | null = null;
  for (const { at } of where.values()) newest = Math.max(newest ?? at, at);
  return newest;
}
