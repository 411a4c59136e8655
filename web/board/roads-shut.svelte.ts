/* Which roads are shut now, as a word that changes when others are: a closure was written, or begins or ends by the
   clock. Who shows what the roads answer asks again when it changes. */
import { board } from './board.svelte.ts';
import { clock } from './clock.svelte.ts';

class RoadsShut {
  readonly #begun = $derived(
    board.closure
      .list((row) => row.lifted_at === null && (row.from_at !== null || row.until_at !== null))
      .map(({ row }) => Number(row.from_at === null || Date.parse(row.from_at) <= clock.now) + Number(row.until_at !== null && Date.parse(row.until_at) <= clock.now))
      .join(''),
  );

  readonly now = $derived(`${board.closure.version} ${this.#begun}`);
}

export const roads_shut = new RoadsShut();
