/* Which layers this person wants, the same on every map of the page. Not kept: a room starts with a quiet map. */

class Layers {
  help = $state(true);
  cover = $state(false);
  /** Whose reach: the first word of a kind of unit. */
  sort = $state('ambulance');
}

export const layers = new Layers();

/** Which units cover for each other: `ambulance` of `ambulance_als`. */
export const sortOf = (unit_kind: string): string => unit_kind.split('_')[0] ?? unit_kind;
