/* What survives a reload of the page: which call is mine and the key that proves it. It lies in this tab alone and is
   worth nothing once the centre has waited in vain. */
import type { Language } from './view.ts';

const STORE = 'kentongan.panggilan';

/** As long as the centre waits for a page that vanished. */
export const WAITED_MS = 30_000;

export interface Kept {
  readonly call: string;
  readonly key: string;
  readonly only_types: boolean;
  readonly language: Language;
  readonly number: string;
  readonly is_hidden: boolean;
  readonly is_muted: boolean;
  /** When the centre last heard of this page, milliseconds since 1970. */
  readonly at: number;
}

export interface Keep {
  load(): Kept | null;
  save(kept: Kept): void;
  clear(): void;
}

export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** In the tab's own storage; a browser that keeps nothing only loses the way back after a reload. */
export function keepIn(shelf: () => Shelf): Keep {
  const tried = <T>(action: () => T): T | null => {
    try {
      return action();
    } catch {
      return null;
    }
  };
  return {
    load: () => tried(() => understood(JSON.parse(shelf().getItem(STORE) ?? 'null'))),
    save: (kept) => void tried(() => shelf().setItem(STORE, JSON.stringify(kept))),
    clear: () => void tried(() => shelf().removeItem(STORE)),
  };
}

function understood(value: unknown): Kept | null {
  if (value === null || typeof value !== 'object') return null;
  const { call, key, at } = value as Partial<Kept>;
  if (typeof call !== 'string' || typeof key !== 'string' || typeof at !== 'number') return null;
  return { only_types: false, language: 'id', number: '', is_hidden: false, is_muted: false, ...value, call, key, at };
}
