/* What the place of a closure without a name is called: the nearest street or place and the kelurahan, asked once for
   each. */
import { SvelteMap } from 'svelte/reactivity';
import { naming } from '../../wire/naming.ts';
import { textOf, type ClosureRow } from '../../wire/rows.ts';
import { middleOf } from './drawn-shape.ts';

/** Names kept; more than closures can be in force. */
const NAMES_MOST = 600;

class PlaceNames {
  readonly #found = new SvelteMap<string, string>();
  readonly #asked = new Set<string>();

  /** Its name, else what is known of its place; empty until that is known. */
  of(row: ClosureRow): string {
    return textOf(row.label) || (this.#found.get(keyOf(row)) ?? '');
  }

  /** Asks for those without a name that were not asked for yet. */
  ask(rows: readonly ClosureRow[]): void {
    for (const row of rows) {
      const key = keyOf(row);
      const point = middleOf(row.geometry);
      if (textOf(row.label) !== '' || point === null || this.#asked.has(key) || this.#asked.size >= NAMES_MOST) continue;
      this.#asked.add(key);
      void naming.name(point).then((answer) => {
        if (answer.outcome !== 'done') this.#asked.delete(key);
        else this.#found.set(key, [answer.value.near?.[0]?.[0], answer.value.label].filter((part) => part !== undefined && part !== '').join(', '));
      });
    }
  }
}

/** A closure that was drawn anew is another place. */
function keyOf(row: ClosureRow): string {
  return `${row.key} ${JSON.stringify(middleOf(row.geometry))}`;
}

export const place_names = new PlaceNames();
