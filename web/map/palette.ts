/* The map's colours: the page's tokens, so that day and night, lists and map say the same. */

export const TOKENS = {
  land: '--map-land',
  green: '--map-green',
  built: '--map-built',
  water: '--map-water',
  building: '--map-building',
  road: '--map-road',
  road_edge: '--map-road-edge',
  road_main: '--map-road-main',
  road_top: '--map-road-top',
  path: '--map-path',
  rail: '--map-rail',
  border: '--map-border',
  text: '--map-text',
  text_place: '--map-text-place',
  text_water: '--map-text-water',
  halo: '--map-halo',
  cover: '--map-cover',
  closed: '--map-closed',
  flood: '--map-flood',
  way: '--map-way',
  help: '--map-help',
  said: '--map-said',
  label: '--t1',
  focus: '--focus',
  edge: '--edge',
  p0: '--p0',
  p1: '--p1',
  p2: '--p2',
  p3: '--p3',
  p4: '--p4',
  p5: '--p5',
  siaga: '--u-siaga',
  menuju: '--u-menuju',
  tiba: '--u-tiba',
  membawa: '--u-membawa',
  nonaktif: '--u-nonaktif',
  darurat: '--u-darurat',
} as const;

export type Palette = Readonly<Record<keyof typeof TOKENS, string>>;

/** The colours as they are on the page now. */
export function paletteOf(style: { getPropertyValue(name: string): string }): Palette {
  const entries = Object.entries(TOKENS).map(([name, token]) => [name, style.getPropertyValue(token).trim() || '#888888'] as const);
  return Object.fromEntries(entries) as Palette;
}
