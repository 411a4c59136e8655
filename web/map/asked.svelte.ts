/* What a map asks the server again and again while it is open: the ways of units to the incident in hand, and how far the
   free units reach. What an older question brings is thrown away. */
import { board } from '../board/board.svelte.ts';
import { roads_shut } from '../board/roads-shut.svelte.ts';
import { map_questions, ROUTES_MAX, type CoverageShown, type Route } from '../wire/map.ts';
import { layers } from './layers.svelte.ts';

/** Between two askings, in milliseconds: units move, and free ones become busy. */
const AGAIN_MS = 15_000;
/** A question waits so long for what is still changing, in milliseconds. */
export const SOON_MS = 200;

/** What is asked about, read anew whenever it changes. */
export interface About {
  readonly incident: () => string | null;
  /** Units chosen by hand; without any, those on their way. */
  readonly marked: () => readonly string[];
  /** Whether there are tiles to draw shapes on. */
  readonly is_map: () => boolean;
}

function repeated<T>(ask: () => Promise<{ outcome: string; value?: T }>, take: (value: T) => void): () => void {
  let is_wanted = true;
  const read = (): void => {
    if (document.hidden) return;
    void ask().then((answer) => {
      if (is_wanted && answer.outcome === 'done' && answer.value !== undefined) take(answer.value);
    });
  };
  const soon = setTimeout(read, SOON_MS);
  const timer = setInterval(read, AGAIN_MS);
  return () => {
    is_wanted = false;
    clearTimeout(soon);
    clearInterval(timer);
  };
}

/** Made while a component is set up; it asks for as long as that lives. */
export class Asked {
  ways = $state.raw<readonly Route[]>([]);
  coverage = $state.raw<CoverageShown | null>(null);
  readonly #about: About;
  readonly #on_the_way = $derived.by(() => {
    const works = board.incident.get(this.#about.incident())?.row.assignments ?? [];
    return works.filter((one) => one.open && ['assigned', 'accepted', 'departed'].includes(one.progress)).map((one) => one.unit);
  });
  /** Only of units this person sees: a crew does not see the others. */
  readonly units: readonly string[] = $derived.by(() => {
    const marked = this.#about.marked();
    return (marked.length > 0 ? marked : this.#on_the_way).filter((unit) => board.unit.get(unit) !== undefined).slice(0, ROUTES_MAX);
  });
  readonly may_cover = $derived(board.me?.roles.some((role) => role === 'call_taker' || role === 'dispatcher' || role === 'supervisor') ?? false);
  readonly #goal = $derived.by(() => board.incident.get(this.#about.incident())?.row.place?.point ?? null);
  readonly #key = $derived(this.units.join());

  constructor(about: About) {
    this.#about = about;
    $effect(() => {
      const [incident, is_map] = [about.incident(), about.is_map()];
      const units = this.#key === '' ? [] : this.#key.split(',');
      void [this.#goal?.lat, this.#goal?.lon, roads_shut.now];
      this.ways = [];
      if (!is_map || incident === null || this.#goal === null || units.length === 0) return;
      return repeated(() => map_questions.routes(incident, units), (found: readonly Route[]) => (this.ways = found));
    });
    $effect(() => {
      const { cover, sort } = layers;
      const is_map = about.is_map();
      void roads_shut.now;
      this.coverage = null;
      if (!cover || !this.may_cover) return;
      return repeated(() => map_questions.coverage(sort, is_map), (found: CoverageShown) => (this.coverage = found));
    });
  }
}
