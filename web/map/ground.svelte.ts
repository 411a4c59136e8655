/* The library's life on a page: built where there are tiles and a browser that draws, anew after a loss, in the colours of
   the page, as large as its box. It knows no board; what is drawn on it and what a hand does, its screen says. */
import { onMount, untrack } from 'svelte';
import { t } from '../ui/i18n.svelte.ts';
import { Again } from './again.ts';
import { city_facts } from './city-facts.svelte.ts';
import type { Bounds, CityMap, MapHands } from './city-map.ts';
import { paletteOf } from './palette.ts';
import { support } from './support.ts';

export interface GroundHow {
  readonly clicked?: MapHands['clicked'];
  readonly pointed?: MapHands['pointed'];
  /** What it shows first, where that is not the whole city. */
  readonly bounds?: () => Bounds | null;
  /** Inside of a page that scrolls: the wheel stays the page's. */
  readonly is_scrolled_past?: boolean;
}

/** Made while a component is set up; `Canvas` gives it its box. */
export class Ground {
  map = $state.raw<CityMap | null>(null);
  container = $state<HTMLElement>();
  is_saving = $state(false);
  is_idle = $state(false);
  has_failed = $state(false);
  readonly shown = $derived(city_facts.shown);
  /** Tiles that were there stay in use while nobody answers for the roads. */
  readonly version = $derived(this.shown?.has_tiles === true ? this.shown.version : null);
  readonly is_map = $derived(!this.has_failed && this.version !== null);
  /** What this browser cannot or does not do, in words; empty when it does everything. */
  readonly said = $derived(this.has_failed ? t('map.no_drawing') : this.is_map && this.is_saving ? t('map.saving') : '');
  readonly #how: GroundHow;
  readonly #again = new Again(() => (this.has_failed = false));

  constructor(how: GroundHow = {}) {
    this.#how = how;
    const able = support();
    this.is_saving = able.is_software;
    this.has_failed = !able.can_draw;
    $effect(() => (void this.shown?.version, city_facts.want()));
    $effect(() => this.#live());
    $effect(() => this.#follow());
    $effect(() => {
      if (!this.map || this.version === null) return;
      this.is_idle = false;
      this.map.useVersion(this.version, this.shown?.bounds ?? null);
    });
    onMount(() => () => this.#again.stop());
  }

  /** Of the attribute `data-map`: how far the drawing is. */
  get state(): 'sketch' | 'drawing' | 'idle' {
    return !this.is_map ? 'sketch' : this.is_idle ? 'idle' : 'drawing';
  }

  #live(): (() => void) | undefined {
    const box = this.container;
    if (!box || !this.is_map) return undefined;
    let is_open = true;
    let opened: CityMap | null = null;
    void import('./city-map.ts')
      .then(({ CityMap: Opened }) => {
        if (!is_open) return;
        opened = untrack(() => new Opened(this.#opened(box), this.#hands()));
        this.map = opened;
      })
      .catch((error: unknown) => {
        console.warn('map:', error);
        if (is_open) this.#lost();
      });
    return () => {
      is_open = false;
      opened?.close();
      this.map = null;
      this.is_idle = false;
    };
  }

  #opened(container: HTMLElement): ConstructorParameters<typeof CityMap>[0] {
    const { bounds, is_scrolled_past = false } = this.#how;
    return { container, version: this.version ?? '', palette: paletteOf(getComputedStyle(container)), bounds: bounds?.() ?? this.shown?.bounds ?? null, label: t('map.label'), is_saving: this.is_saving, is_scrolled_past };
  }

  #hands(): MapHands {
    return {
      clicked: (point, pointed) => this.#how.clicked?.(point, pointed),
      pointed: (pointed) => this.#how.pointed?.(pointed),
      slow: () => this.#save(),
      lost: () => this.#lost(),
      gone: () => city_facts.ask(),
      idle: () => (this.is_idle = true),
    };
  }

  /** Day and night, and its size. */
  #follow(): (() => void) | undefined {
    const box = this.container;
    if (!box) return undefined;
    const theme = new MutationObserver(() => this.map?.repaint(paletteOf(getComputedStyle(box))));
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const size = new ResizeObserver(() => this.map?.fit());
    size.observe(box);
    return () => {
      theme.disconnect();
      size.disconnect();
    };
  }

  #lost(): void {
    this.has_failed = true;
    this.#again.lost(performance.now());
  }

  #save(): void {
    this.is_saving = true;
    this.map?.save();
  }
}
