/* The look of the map: about twenty layers of the city's tiles, and above them what happens in it. No address in here:
   tiles come by the protocol of `tiles.ts`, letters from the page's own font, signs from `icons.ts`. Pure; colours come
   in as a palette. */
import type { ExpressionSpecification, FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { Palette } from './palette.ts';

export const TILES = 'city';
export const PROTOCOL = 'kota';
export const ZOOM_MIN = 5;
/** Nearest zoom in the tiles; nearer ones are drawn from it. */
export const ZOOM_MAX = 14;
export const FONT = 'Atkinson Hyperlegible Next';
/** From here on every unit has its name; farther away only those at work and the chosen ones, and a stale one its age. */
export const NAMES_ZOOM = 12;

/** What happens in the city: one source each, filled by `city-map.ts`. */
export const OVERLAYS = ['cover', 'closures', 'signs', 'said', 'tracks', 'ways', 'way_names', 'posts', 'facilities', 'incidents', 'units', 'pin', 'drawing'] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** Layers that can be switched off to save work or to see less. */
export const GROUPS = {
  buildings: ['building'],
  cover: ['cover-fill', 'cover-near', 'cover-middle', 'cover-far'],
  help: ['facility', 'facility-name', 'post'],
} as const;
export type Group = keyof typeof GROUPS;

export const tilesOf = (version: string): string => `${PROTOCOL}://${encodeURIComponent(version)}/{z}/{x}/{y}`;

const kinds = (...values: string[]): FilterSpecification => ['in', ['get', 'kind'], ['literal', values]] as FilterSpecification;
const wide = (at_9: number, at_14: number, at_18: number): ExpressionSpecification => ['interpolate', ['exponential', 1.5], ['zoom'], 9, at_9, 14, at_14, 18, at_18];
const river = (wide_px: number, narrow_px: number): unknown[] => ['match', ['get', 'kind'], ['stream', 'drain', 'ditch'], narrow_px, wide_px];
const LETTERS = { 'text-font': [FONT] };

function road(id: string, values: string[], color: string, widths: [number, number, number], more: object = {}): LayerSpecification {
  return {
    id,
    type: 'line',
    source: TILES,
    'source-layer': 'road',
    filter: kinds(...values),
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': color, 'line-width': wide(...widths) },
    ...more,
  } as LayerSpecification;
}

const MINOR = ['residential', 'unclassified', 'living_street', 'road', 'service', 'pedestrian', 'busway'];
const MAIN = ['tertiary', 'secondary', 'primary'];
const TOP = ['trunk', 'motorway'];

function ground(p: Palette): LayerSpecification[] {
  const area = (id: string, layer: string, color: string, more: object = {}): LayerSpecification =>
    ({ id, type: 'fill', source: TILES, 'source-layer': layer, paint: { 'fill-color': color }, ...more }) as LayerSpecification;
  return [
    { id: 'land', type: 'background', paint: { 'background-color': p.land } },
    area('built', 'landuse', p.built, { filter: kinds('residential', 'industrial', 'commercial', 'retail', 'military', 'hospital', 'school', 'university', 'college', 'parking', 'pedestrian', 'apron', 'railway') }),
    area('green', 'landuse', p.green, { filter: kinds('forest', 'wood', 'scrub', 'grass', 'grassland', 'meadow', 'park', 'garden', 'pitch', 'golf_course', 'cemetery', 'farmland', 'orchard', 'recreation_ground', 'village_green', 'wetland', 'plant_nursery') }),
    area('sea', 'sea', p.water),
    area('water', 'water', p.water),
    { id: 'waterway', type: 'line', source: TILES, 'source-layer': 'waterway', layout: { 'line-cap': 'round' }, paint: { 'line-color': p.water, 'line-width': ['interpolate', ['linear'], ['zoom'], 9, river(1, 0.3), 14, river(4, 1), 18, river(14, 3)] as unknown as number } },
    area('building', 'building', p.building, { minzoom: 14 }),
    { id: 'border', type: 'line', source: TILES, 'source-layer': 'boundary', paint: { 'line-color': p.border, 'line-width': 1, 'line-opacity': 0.7, 'line-dasharray': [4, 3] } },
  ];
}

function roads(p: Palette): LayerSpecification[] {
  return [
    road('path', ['footway', 'path', 'cycleway', 'steps', 'track', 'bridleway'], p.path, [0.3, 1, 3], { minzoom: 14, paint: { 'line-color': p.path, 'line-width': wide(0.3, 1, 3), 'line-dasharray': [2, 1.5] } }),
    road('rail', ['rail'], p.rail, [0.8, 1.6, 3]),
    road('minor-edge', MINOR, p.road_edge, [0.3, 3.4, 16], { minzoom: 13 }),
    road('main-edge', [...MAIN, ...TOP], p.road_edge, [1.2, 6, 24], { minzoom: 10 }),
    road('minor', MINOR, p.road, [0.2, 2.2, 13]),
    road('main', MAIN, p.road_main, [0.8, 4, 20]),
    road('top', TOP, p.road_top, [1.4, 5, 22]),
  ];
}

function names(p: Palette): LayerSpecification[] {
  const halo = { 'text-halo-color': p.halo, 'text-halo-width': 1.4 };
  const along = (id: string, layer: string, minzoom: number, color: string, size: number, filter?: FilterSpecification): LayerSpecification =>
    ({ id, type: 'symbol', source: TILES, 'source-layer': layer, minzoom, ...(filter ? { filter } : {}), layout: { ...LETTERS, 'symbol-placement': 'line', 'text-field': ['get', 'name'], 'text-size': size, 'text-padding': 8 }, paint: { 'text-color': color, ...halo } }) as LayerSpecification;
  return [
    along('river-name', 'waterway', 11, p.text_water, 12),
    along('road-name', 'road', 14, p.text, 12, kinds(...MINOR)),
    along('main-name', 'road', 12, p.text, 12, kinds(...MAIN, ...TOP)),
    {
      id: 'landmark',
      type: 'symbol',
      source: TILES,
      'source-layer': 'poi',
      minzoom: 15,
      filter: ['!', kinds('hospital', 'clinic', 'fire_station', 'police', 'ambulance_station', 'post')] as FilterSpecification,
      layout: { ...LETTERS, 'text-field': ['get', 'name'], 'text-size': 11, 'text-max-width': 8 },
      paint: { 'text-color': p.text, ...halo },
    },
    {
      id: 'place',
      type: 'symbol',
      source: TILES,
      'source-layer': 'place',
      layout: {
        ...LETTERS,
        'text-field': ['get', 'name'],
        'text-size': ['match', ['get', 'kind'], 'city', 18, 'town', 15, ['suburb', 'borough', 'village'], 14, 12] as unknown as number,
        'text-max-width': 7,
        'symbol-sort-key': ['match', ['get', 'kind'], 'city', 0, 'town', 1, ['suburb', 'borough', 'village'], 2, 3] as unknown as number,
      },
      paint: { 'text-color': p.text_place, 'text-halo-color': p.halo, 'text-halo-width': 1.8 },
    },
  ];
}

function reach(p: Palette): LayerSpecification[] {
  const edge = (id: string, limit: number, dash: number[] | null): LayerSpecification =>
    ({ id, type: 'line', source: 'cover', filter: ['==', ['get', 'limit_s'], limit], layout: { visibility: 'none' }, paint: { 'line-color': p.cover, 'line-width': 2, ...(dash ? { 'line-dasharray': dash } : {}) } }) as LayerSpecification;
  return [
    { id: 'cover-fill', type: 'fill', source: 'cover', layout: { visibility: 'none' }, paint: { 'fill-color': p.cover, 'fill-opacity': 0.14 } },
    edge('cover-far', 900, [1, 2]),
    edge('cover-middle', 600, [4, 2]),
    edge('cover-near', 480, null),
  ];
}

function happenings(p: Palette): LayerSpecification[] {
  const text = { 'text-color': p.label, 'text-halo-color': p.halo, 'text-halo-width': 2 };
  const shut = ['match', ['get', 'what'], 'flood', p.flood, p.closed] as unknown as string;
  const is_area: FilterSpecification = ['==', ['geometry-type'], 'Polygon'];
  const is_line: FilterSpecification = ['==', ['geometry-type'], 'LineString'];
  const is_point: FilterSpecification = ['==', ['geometry-type'], 'Point'];
  const below = ['==', ['get', 'side'], 'below'];
  return [
    { id: 'closure-area', type: 'fill', source: 'closures', filter: is_area, paint: { 'fill-pattern': ['match', ['get', 'what'], 'flood', 'hatch-flood', 'hatch-closed'] as unknown as string } },
    { id: 'closure-under', type: 'line', source: 'closures', filter: ['!', is_area] as unknown as FilterSpecification, layout: { 'line-cap': 'butt' }, paint: { 'line-color': p.halo, 'line-width': 9 } },
    { id: 'closure-edge', type: 'line', source: 'closures', paint: { 'line-color': shut, 'line-width': ['match', ['get', 'form'], 'area', 2, 5] as unknown as number, 'line-dasharray': [2, 1] } },
    { id: 'said-area', type: 'fill', source: 'said', filter: is_area, paint: { 'fill-color': p.said, 'fill-opacity': 0.08 } },
    { id: 'said-edge', type: 'line', source: 'said', filter: is_area, paint: { 'line-color': p.said, 'line-width': 1.5, 'line-dasharray': [3, 2] } },
    { id: 'track-under', type: 'line', source: 'tracks', filter: is_line, layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': p.halo, 'line-width': 5 } },
    { id: 'track', type: 'line', source: 'tracks', filter: is_line, layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': p.label, 'line-width': 2.5, 'line-dasharray': [0.5, 2] } },
    { id: 'track-mark', type: 'circle', source: 'tracks', filter: is_point, paint: { 'circle-radius': ['case', ['get', 'is_end'], 5, 3] as unknown as number, 'circle-color': p.halo, 'circle-stroke-color': p.label, 'circle-stroke-width': 2 } },
    { id: 'track-time', type: 'symbol', source: 'tracks', filter: is_point, layout: { ...LETTERS, 'text-field': ['get', 'name'], 'text-size': 12, 'text-variable-anchor': ['left', 'right', 'top', 'bottom'], 'text-radial-offset': 0.8, 'text-justify': 'auto', 'symbol-sort-key': ['case', ['get', 'is_end'], 0, 1] as unknown as number }, paint: text },
    { id: 'way-under', type: 'line', source: 'ways', layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': p.halo, 'line-width': 7 } },
    { id: 'way', type: 'line', source: 'ways', filter: ['==', ['get', 'by_road'], true], layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': p.way, 'line-width': 4 } },
    { id: 'way-straight', type: 'line', source: 'ways', filter: ['==', ['get', 'by_road'], false], paint: { 'line-color': p.way, 'line-width': 3, 'line-dasharray': [2, 2] } },
    { id: 'post', type: 'symbol', source: 'posts', minzoom: 11, layout: { 'icon-image': 'post', 'icon-allow-overlap': true } },
    { id: 'facility', type: 'symbol', source: 'facilities', minzoom: 11, layout: { 'icon-image': ['get', 'icon'] as unknown as string, 'icon-allow-overlap': true } },
    { id: 'facility-name', type: 'symbol', source: 'facilities', minzoom: 14, layout: { ...LETTERS, 'text-field': ['get', 'name'], 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 0.8], 'text-max-width': 8 }, paint: { 'text-color': p.help, 'text-halo-color': p.halo, 'text-halo-width': 1.6 } },
    { id: 'closure-sign', type: 'symbol', source: 'signs', minzoom: 10, layout: { ...LETTERS, 'icon-image': ['match', ['get', 'what'], 'flood', 'sign-flood', 'sign-closed'] as unknown as string, 'icon-allow-overlap': true, 'text-field': ['step', ['zoom'], '', 13, ['get', 'name']] as unknown as string, 'text-size': 12, 'text-anchor': 'left', 'text-offset': [1.1, 0] }, paint: text },
    { id: 'unit-ring', type: 'circle', source: 'units', filter: ['==', ['get', 'ringed'], true], paint: { 'circle-radius': 12, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': p.focus, 'circle-stroke-width': 2 } },
    { id: 'unit-heading', type: 'symbol', source: 'units', filter: ['==', ['get', 'heads'], true], layout: { 'icon-image': 'heading', 'icon-rotate': ['get', 'heading'] as unknown as number, 'icon-rotation-alignment': 'map', 'icon-allow-overlap': true, 'icon-ignore-placement': true } },
    { id: 'unit', type: 'symbol', source: 'units', layout: { 'icon-image': ['get', 'icon'] as unknown as string, 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['get', 'rank'] as unknown as number } },
    { id: 'unit-name', type: 'symbol', source: 'units', layout: { ...LETTERS, 'text-field': ['step', ['zoom'], ['get', 'afar'], NAMES_ZOOM, ['get', 'name']] as unknown as string, 'text-size': 12, 'text-anchor': 'left', 'text-offset': [0.9, 0], 'text-optional': true, 'symbol-sort-key': ['*', -1, ['get', 'rank']] as unknown as number }, paint: text },
    { id: 'incident-ring', type: 'circle', source: 'incidents', filter: ['==', ['get', 'ringed'], true], paint: { 'circle-radius': 17, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': p.focus, 'circle-stroke-width': 3 } },
    { id: 'incident', type: 'symbol', source: 'incidents', layout: { ...LETTERS, 'icon-image': ['get', 'icon'] as unknown as string, 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'icon-offset': ['get', 'fan'] as unknown as [number, number], 'text-field': ['get', 'name'], 'text-size': 14, 'text-anchor': 'left', 'text-offset': ['get', 'beside'] as unknown as [number, number], 'text-allow-overlap': true, 'symbol-sort-key': ['get', 'rank'] as unknown as number }, paint: text },
    { id: 'said-point', type: 'symbol', source: 'said', filter: ['==', ['geometry-type'], 'Point'], layout: { ...LETTERS, 'icon-image': 'said', 'icon-allow-overlap': true, 'text-field': ['get', 'name'], 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 0.8], 'text-max-width': 12 }, paint: { 'text-color': p.said, 'text-halo-color': p.halo, 'text-halo-width': 2 } },
    { id: 'way-name', type: 'symbol', source: 'way_names', layout: { ...LETTERS, 'text-field': ['get', 'name'], 'text-size': 13, 'text-allow-overlap': true, 'text-anchor': ['case', below, 'top-left', 'bottom-left'] as unknown as 'top-left', 'text-offset': ['case', below, ['literal', [0.5, 0.3]], ['literal', [0.5, -0.3]]] as unknown as [number, number] }, paint: { 'text-color': p.way, 'text-halo-color': p.halo, 'text-halo-width': 2.4 } },
    { id: 'drawing-line', type: 'line', source: 'drawing', paint: { 'line-color': p.focus, 'line-width': 3, 'line-dasharray': [2, 1] } },
    { id: 'drawing-corner', type: 'circle', source: 'drawing', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 5, 'circle-color': p.halo, 'circle-stroke-color': p.focus, 'circle-stroke-width': 2.5 } },
    { id: 'pin', type: 'symbol', source: 'pin', layout: { 'icon-image': 'pin', 'icon-anchor': 'bottom', 'icon-allow-overlap': true } },
  ];
}

export function layersOf(palette: Palette): LayerSpecification[] {
  return [...ground(palette), ...reach(palette), ...roads(palette), ...names(palette), ...happenings(palette)];
}

/** The whole style for a version of the city. */
export function styleOf(palette: Palette, version: string): StyleSpecification {
  const nothing: SourceSpecification = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };
  return {
    version: 8,
    sources: {
      [TILES]: { type: 'vector', tiles: [tilesOf(version)], minzoom: ZOOM_MIN, maxzoom: ZOOM_MAX },
      ...Object.fromEntries(OVERLAYS.map((name) => [name, { ...nothing }])),
    },
    layers: layersOf(palette),
  };
}
