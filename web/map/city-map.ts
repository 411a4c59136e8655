/* The map itself: the library, its sources and its hands. It draws what it is told and tells what is clicked; it reads no
   board and knows no framework. Loaded only when a screen shows a map and the browser can draw one. */
import { LngLatBounds, Map as Library, addProtocol, setWorkerUrl, type GeoJSONSource, type MapMouseEvent, type VectorTileSource } from 'maplibre-gl';
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { Point } from '../wire/rows.ts';
import { Changes, type Drawn } from './changes.ts';
import { iconsOf, ICON_RATIO } from './icons.ts';
import { FrameJudge } from './judge.ts';
import type { Palette } from './palette.ts';
import { GROUPS, layersOf, OVERLAYS, PROTOCOL, styleOf, TILES, tilesOf, ZOOM_MAX, type Group, type Overlay } from './style.ts';
import { TileFiles, tilesAround } from './tiles.ts';

/** Nearest zoom a click is for: a house. */
const ZOOM_MOST = 18.5;
/** Zoom to which the map goes when it is asked to show a point: about 3 km across. */
const ZOOM_POINT = 14.5;
/** Around two points that are to be seen together, in pixels. */
const MARGIN_PX = 40;
const isSame = (a: Point | null, b: Point | null): boolean => a?.lat === b?.lat && a?.lon === b?.lon;
/** A movement of the camera, in milliseconds; positions of units are never animated. */
const MOVE_MS = 250;
/** The mouse rests this long before the map is asked what lies under it, in milliseconds. */
const REST_MS = 120;
/** Pixels around a click in which a sign counts as meant. */
const NEAR_PX = 9;
/** Tiles fetched beforehand that are not there by then are left to the map itself, in milliseconds. */
const WARM_MS = 5_000;
/** Screens' frames at most on a weak machine: one picture, no sharpening. */
const SAVING_RATIO = 1;

const POINTED: readonly string[] = ['incident', 'unit', 'closure-sign', 'closure-edge', 'closure-area', 'facility', 'said-point', 'post'];

export interface Pointed {
  readonly layer: string;
  readonly key: string;
  readonly name: string;
}

export interface MapHands {
  /** Somebody clicked there; `pointed` is the sign that was hit. */
  readonly clicked: (point: Point, pointed: Pointed | null) => void;
  /** What lies under the resting mouse, or under the crosshair. */
  readonly pointed: (pointed: Pointed | null) => void;
  /** The map draws too slowly. */
  readonly slow: () => void;
  /** It cannot draw any more. */
  readonly lost: () => void;
  /** The file of this version is not there any more. */
  readonly gone: () => void;
  readonly idle: () => void;
}

let files: TileFiles | null = null;
const gone_listeners = new Set<() => void>();

function prepare(): void {
  if (files) return;
  const kept = new TileFiles(() => {
    for (const tell of gone_listeners) tell();
  });
  files = kept;
  setWorkerUrl(new URL(worker, location.href).href);
  addProtocol(PROTOCOL, ({ url }, abort) => kept.tile(url, abort.signal));
}

/** South, west, north, east. */
export type Bounds = readonly [number, number, number, number];

export interface Opened {
  readonly container: HTMLElement;
  readonly version: string;
  readonly palette: Palette;
  readonly bounds: Bounds | null;
  readonly label: string;
  readonly is_saving: boolean;
  /** The wheel scrolls the page, not the map. */
  readonly is_scrolled_past: boolean;
}

export class CityMap {
  readonly #map: Library;
  readonly #hands: MapHands;
  readonly #changes = new Map<Overlay, Changes>(OVERLAYS.map((name) => [name, new Changes()]));
  readonly #waiting = new Map<Overlay, readonly Drawn[]>();
  readonly #judge = new FrameJudge();
  #version: string;
  #is_ready = false;
  #is_saving: boolean;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #shown: Point | null = null;
  #beside: Point | null = null;

  /** Throws when the browser cannot draw after all. */
  constructor({ container, version, palette, bounds, label, is_saving, is_scrolled_past }: Opened, hands: MapHands) {
    prepare();
    this.#hands = hands;
    this.#version = version;
    this.#is_saving = is_saving;
    gone_listeners.add(hands.gone);
    this.#map = new Library({
      container,
      style: styleOf(palette, version),
      ...(bounds ? { bounds: boxOf(bounds), fitBoundsOptions: { padding: 8 } } : {}),
      minZoom: 6,
      maxZoom: ZOOM_MOST,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      rollEnabled: false,
      renderWorldCopies: false,
      fadeDuration: 0,
      locale: { 'Map.Title': label },
      maxTileCacheSize: 60,
      refreshExpiredTiles: false,
      localIdeographFontFamily: false,
      ...(is_saving ? { pixelRatio: SAVING_RATIO, canvasContextAttributes: { antialias: false } } : {}),
    });
    if (is_scrolled_past) this.#map.scrollZoom.disable();
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    for (const icon of iconsOf(palette)) this.#map.addImage(icon.name, icon.image, { pixelRatio: ICON_RATIO });
    this.#listen();
  }

  #listen(): void {
    const map = this.#map;
    map.once('style.load', () => this.#begin());
    map.on('idle', () => this.#hands.idle());
    map.on('click', (event) => this.#hands.clicked(pointOf(event), this.#under(event.point.x, event.point.y)));
    map.on('mousemove', (event) => this.#restAt(event));
    map.on('mouseout', () => this.#hands.pointed(null));
    map.on('move', () => {
      if (!this.#is_saving && this.#judge.frame(performance.now())) this.#hands.slow();
    });
    map.on('moveend', () => {
      this.#judge.rest();
      if (document.activeElement === map.getCanvas()) this.#hands.pointed(this.underCrosshair());
    });
    map.on('webglcontextlost', () => this.#hands.lost());
    map.on('error', ({ error }) => {
      if (!(error instanceof DOMException && error.name === 'AbortError')) console.warn('map:', error.message);
    });
  }

  #begin(): void {
    this.#is_ready = true;
    for (const [name, drawn] of this.#waiting) this.draw(name, drawn);
    this.#waiting.clear();
    if (this.#is_saving) this.show('buildings', false);
  }

  #restAt(event: MapMouseEvent): void {
    clearTimeout(this.#rest);
    const { x, y } = event.point;
    this.#rest = setTimeout(() => this.#hands.pointed(this.#under(x, y)), REST_MS);
  }

  #under(x: number, y: number): Pointed | null {
    if (!this.#is_ready) return null;
    const box: [[number, number], [number, number]] = [[x - NEAR_PX, y - NEAR_PX], [x + NEAR_PX, y + NEAR_PX]];
    const [hit] = this.#map.queryRenderedFeatures(box, { layers: [...POINTED] });
    return hit ? { layer: hit.layer.id, key: String(hit.properties['key'] ?? ''), name: String(hit.properties['name'] ?? '') } : null;
  }

  get #middle(): [number, number] {
    const { clientWidth, clientHeight } = this.#map.getContainer();
    return [clientWidth / 2, clientHeight / 2];
  }

  /** What lies under the middle of the map. */
  underCrosshair(): Pointed | null {
    return this.#under(...this.#middle);
  }

  get canvas(): HTMLCanvasElement {
    return this.#map.getCanvas();
  }

  get centre(): Point {
    const { lat, lng } = this.#map.unproject(this.#middle);
    return { lat, lon: lng };
  }

  /** Something covers the map on this side: what it is asked to show comes beside it. */
  cover({ right, top }: { right: number; top: number }): void {
    this.#map.setPadding({ right, top, left: 0, bottom: 0 });
  }

  /** Fetches the tiles around a point that it will be asked to show in a moment. */
  warm({ lat, lon }: Point): void {
    const url = tilesOf(this.#version).replace('{z}', String(ZOOM_MAX));
    for (const [x, y] of tilesAround(lat, lon)) void files?.tile(url.replace('{x}', String(x)).replace('{y}', String(y)), AbortSignal.timeout(WARM_MS)).catch(() => undefined);
  }

  /** Shows this on one overlay from now on; what did not change costs nothing. */
  draw(name: Overlay, drawn: readonly Drawn[]): void {
    if (!this.#is_ready) {
      this.#waiting.set(name, drawn);
      return;
    }
    const difference = this.#changes.get(name)?.to(drawn);
    if (difference) void this.#map.getSource<GeoJSONSource>(name)?.updateData(difference as Parameters<GeoJSONSource['updateData']>[0]);
  }

  /** Replaces what an overlay of few, foreign shapes shows. */
  replace(name: 'cover' | 'drawing', features: readonly GeoJSON.Feature[]): void {
    if (this.#is_ready) void this.#map.getSource<GeoJSONSource>(name)?.setData({ type: 'FeatureCollection', features: [...features] });
  }

  show(group: Group, is_shown: boolean): void {
    if (!this.#is_ready) return;
    for (const layer of GROUPS[group]) this.#map.setLayoutProperty(layer, 'visibility', is_shown ? 'visible' : 'none');
  }

  /** Saves work from now on: no houses, one pixel each, no movement of the camera. */
  save(): void {
    if (this.#is_saving) return;
    this.#is_saving = true;
    this.show('buildings', false);
    this.#map.setPixelRatio(SAVING_RATIO);
  }

  /** Brings a point into view, unless it is well in view already; with `beside` both of them. */
  goTo(point: Point, beside: Point | null = null): void {
    if (isSame(this.#shown, point) && isSame(this.#beside, beside)) return;
    this.#shown = point;
    this.#beside = beside;
    if (beside) {
      const corners = [point, beside].map(({ lat, lon }) => [lon, lat] as [number, number]);
      const box = corners.reduce((held, corner) => held.extend(corner), new LngLatBounds());
      this.#map.fitBounds(box, { padding: MARGIN_PX, maxZoom: ZOOM_POINT, duration: 0 });
      return;
    }
    const zoom = Math.max(this.#map.getZoom(), ZOOM_POINT);
    const is_near = this.#map.getZoom() >= ZOOM_POINT - 1.5 && this.#map.getBounds().contains([point.lon, point.lat]);
    if (!is_near) this.#move(point, zoom);
  }

  /** A key asked for it: into the middle, and near. */
  lookAt(point: Point): void {
    this.#shown = point;
    this.#move(point, Math.max(this.#map.getZoom(), ZOOM_POINT));
  }

  #move(point: Point, zoom: number): void {
    const goal = { center: [point.lon, point.lat] as [number, number], zoom };
    if (this.#is_saving || matchMedia('(prefers-reduced-motion: reduce)').matches) this.#map.jumpTo(goal);
    else this.#map.easeTo({ ...goal, duration: MOVE_MS });
  }

  zoomBy(steps: number): void {
    this.#map.zoomTo(this.#map.getZoom() + steps, { duration: this.#is_saving ? 0 : MOVE_MS });
  }

  /** The whole city. */
  showCity(bounds: Bounds): void {
    this.#map.fitBounds(boxOf(bounds), { padding: 8, duration: 0 });
  }

  /** Another version of the city: its tiles take the place of the old ones, everything else stays. */
  useVersion(version: string, bounds: Bounds | null): void {
    if (version === this.#version) return;
    this.#version = version;
    this.#map.getSource<VectorTileSource>(TILES)?.setTiles([tilesOf(version)]);
    const { lat, lng } = this.#map.getCenter();
    if (bounds && !(bounds[0] <= lat && lat <= bounds[2] && bounds[1] <= lng && lng <= bounds[3])) this.showCity(bounds);
  }

  /** Day or night: the same things in other colours. */
  repaint(palette: Palette): void {
    for (const icon of iconsOf(palette)) this.#map.updateImage(icon.name, icon.image);
    if (!this.#is_ready) return;
    for (const layer of layersOf(palette)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) this.#map.setPaintProperty(layer.id, name as 'fill-color', value as string, { validate: false });
    }
  }

  /** Its box changed. */
  fit(): void {
    this.#map.resize();
  }

  close(): void {
    clearTimeout(this.#rest);
    gone_listeners.delete(this.#hands.gone);
    this.#map.remove();
  }
}

const boxOf = ([south, west, north, east]: Bounds): [number, number, number, number] => [west, south, east, north];

const pointOf = ({ lngLat }: MapMouseEvent): Point => ({ lat: round(lngLat.lat), lon: round(lngLat.lng) });

/** About 10 cm: more would be made up. */
const round = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;

