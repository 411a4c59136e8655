/* The map in use and what stands in the city, one copy for every map on the page. The socket tells of a change; the
   facilities are then asked for again. */
import { board } from '../board/board.svelte.ts';
import { map_questions, type CityShown, type MapFacility } from '../wire/map.ts';

/** Pause before the server is asked again, in milliseconds. */
const AGAIN_MS = 5_000;

class CityFacts {
  facilities = $state.raw<readonly MapFacility[]>([]);
  #asked = $state.raw<CityShown | null>(null);
  #version: string | null = null;
  #is_asking = false;

  /** As the socket said last, or as it was asked for. */
  get shown(): CityShown | null {
    return board.map ?? this.#asked;
  }

  /** Asks unless what is known is of this version. Safe to call from every map. */
  want(): void {
    if (this.#is_asking || (this.#version !== null && this.#version === this.shown?.version)) return;
    this.#is_asking = true;
    void map_questions.city().then((answer) => {
      this.#is_asking = false;
      if (answer.outcome !== 'done') {
        setTimeout(() => this.want(), AGAIN_MS);
        return;
      }
      this.#asked = answer.value.city;
      this.#version = answer.value.city.version;
      this.facilities = answer.value.facilities;
    });
  }

  /** The tiles of that version are not there any more. */
  ask(): void {
    this.#version = null;
    this.want();
  }
}

export const city_facts = new CityFacts();
