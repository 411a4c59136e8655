/* Which layers this person wants, the same on every map of the page. What is drawn is not kept: a room starts with a quiet
   map. Whether the panel and the meaning of its signs are open is kept by this workstation. */

const STORE = 'kentongan.map';

interface Kept {
  is_open: boolean;
  has_key: boolean;
}

function read(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? '{}') as Partial<Kept> | null;
    return { is_open: kept?.is_open === true, has_key: kept?.has_key !== false };
  } catch {
    return { is_open: false, has_key: true };
  }
}

class Layers {
  #kept = $state<Kept>(read());
  help = $state(true);
  cover = $state(false);
  /** Whose reach: the first word of a kind of unit. */
  sort = $state('ambulance');

  /** Whether the panel is open. */
  get is_open(): boolean {
    return this.#kept.is_open;
  }
  set is_open(is_open: boolean) {
    this.#keep({ ...this.#kept, is_open });
  }

  /** Whether the panel says what the signs mean. */
  get has_key(): boolean {
    return this.#kept.has_key;
  }
  set has_key(has_key: boolean) {
    this.#keep({ ...this.#kept, has_key });
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    try {
      localStorage.setItem(STORE, JSON.stringify(kept));
    } catch {
      // a browser that keeps nothing forgets it with the page
    }
  }
}

export const layers = new Layers();

/** Which units cover for each other: `ambulance` of `ambulance_als`. */
export const sortOf = (unit_kind: string): string => unit_kind.split('_')[0] ?? unit_kind;
