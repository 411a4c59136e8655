/* Drawing of the map without streets: a window on the city in degrees, and the signs drawn into it. Pure apart from the
   canvas it is given; colours come from the page's tokens. */
import type { UnitSign } from '../ui/unit-state.ts';
import type { Point, Priority } from '../wire/rows.ts';
import type { Drawn } from './changes.ts';
import { outlineOf, type SaidPosition } from './features.ts';
import { positionsOf, type Position } from './shapes.ts';
import { paintUnit, pathOf, type FixAge } from './unit-sign.ts';

/** Pixels per degree of latitude when the whole city fits, and the limits of zooming. */
const SCALE_FIRST = 2_600;
const SCALE_MIN = 900;
const SCALE_MAX = 400_000;
/** Around two points that are to be seen together, in pixels. */
const MARGIN_PX = 40;
/** From this scale on, names of kelurahan and units are written; below it they would cover each other. */
const SCALE_AREA_NAMES = 6_500;
const SCALE_UNIT_NAMES = 5_000;
/** Scale to which the view goes when it is asked to show a point: about 4 km across. */
const SCALE_CLOSE = 14_000;

/** What part of the world is seen. */
export class View {
  #centre: Point | null = null;
  #wanted: Point | null = null;
  #beside: Point | null = null;
  scale = SCALE_FIRST;
  #width = 0;
  #height = 0;

  fit(width: number, height: number, centre: Point | null): void {
    this.#width = width;
    this.#height = height;
    if (this.#wanted) {
      this.#centre = this.#wanted;
      this.scale = Math.max(this.scale, SCALE_CLOSE);
      if (this.#beside) this.#showBoth(this.#wanted, this.#beside);
      this.#wanted = null;
    }
    this.#centre ??= centre;
  }

  /** Brings a point into view, unless it is well in view already; with `beside` both of them. */
  show(point: Point, beside: Point | null = null): void {
    const is_near = this.#centre !== null && this.scale >= SCALE_CLOSE / 2 && this.sees(point) && (!beside || this.sees(beside));
    this.#beside = beside;
    if (!is_near) this.#wanted = point;
  }

  /** Their middle in the middle, and as near as both allow. */
  #showBoth(one: Point, other: Point): void {
    this.#centre = { lat: (one.lat + other.lat) / 2, lon: (one.lon + other.lon) / 2 };
    const across = (Math.abs(one.lon - other.lon) * this.#stretch) / Math.max(1, this.#width - 2 * MARGIN_PX);
    const up = Math.abs(one.lat - other.lat) / Math.max(1, this.#height - 2 * MARGIN_PX);
    this.scale = Math.min(this.scale, Math.max(SCALE_MIN, 1 / Math.max(across, up, 1 / SCALE_MAX)));
  }

  get #stretch(): number {
    return Math.cos(((this.#centre?.lat ?? 0) * Math.PI) / 180);
  }

  x(point: Point): number {
    return this.#width / 2 + (point.lon - (this.#centre?.lon ?? 0)) * this.scale * this.#stretch;
  }

  y(point: Point): number {
    return this.#height / 2 - (point.lat - (this.#centre?.lat ?? 0)) * this.scale;
  }

  point(x: number, y: number): Point {
    return {
      lat: (this.#centre?.lat ?? 0) - (y - this.#height / 2) / this.scale,
      lon: (this.#centre?.lon ?? 0) + (x - this.#width / 2) / (this.scale * this.#stretch),
    };
  }

  shift(dx: number, dy: number): void {
    if (this.#centre) this.#centre = this.point(this.#width / 2 - dx, this.#height / 2 - dy);
  }

  /** Zooms around a pixel, which stays where it is. */
  zoom(factor: number, x: number, y: number): void {
    const held = this.point(x, y);
    this.scale = Math.min(SCALE_MAX, Math.max(SCALE_MIN, this.scale * factor));
    this.shift(x - this.x(held), y - this.y(held));
  }

  sees(point: Point): boolean {
    const [x, y] = [this.x(point), this.y(point)];
    return x > -40 && y > -40 && x < this.#width + 40 && y < this.#height + 40;
  }
}

export const PRIORITY_PATHS: Readonly<Record<Priority, string>> = {
  P1: 'M1 1h10v10H1z',
  P2: 'M1 1v10h10z',
  P3: 'M6 1 11.5 11H.5z',
  P4: 'M6 .8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 6 .8Z',
  P5: 'M6 .4 11.6 6 6 11.6.4 6z',
  P0: 'M6 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z',
};

/** A colour or a font by the name of its token. */
export type Tones = (name: string) => string;

/** The page's tokens as they are now, each read once: thousands of signs ask for the same few. */
export function tonesOf(style: Pick<CSSStyleDeclaration, 'getPropertyValue'>): Tones {
  const known = new Map<string, string>();
  return (name) => {
    const tone = known.get(name) ?? style.getPropertyValue(name).trim();
    known.set(name, tone);
    return tone;
  };
}

function sign(context: CanvasRenderingContext2D, path: string, x: number, y: number, size: number, paint: (shape: Path2D) => void): void {
  context.save();
  context.translate(x - size / 2, y - size / 2);
  context.scale(size / 12, size / 12);
  paint(pathOf(path));
  context.restore();
}

function label(context: CanvasRenderingContext2D, tones: Tones, text: string, x: number, y: number, tone = '--t2'): void {
  context.font = `12px ${tones('--font')}`;
  context.lineWidth = 3;
  context.strokeStyle = tones('--bg0');
  context.strokeText(text, x, y);
  context.fillStyle = tones(tone);
  context.fillText(text, x, y);
}

export function drawArea(context: CanvasRenderingContext2D, view: View, tones: Tones, area: { name: string; point: Point }): void {
  if (!view.sees(area.point)) return;
  const [x, y] = [view.x(area.point), view.y(area.point)];
  context.fillStyle = tones('--line');
  context.beginPath();
  context.arc(x, y, 2, 0, 7);
  context.fill();
  if (view.scale >= SCALE_AREA_NAMES) label(context, tones, area.name, x + 5, y + 4, '--t3');
}

export function drawIncident(
  context: CanvasRenderingContext2D,
  view: View,
  tones: Tones,
  point: Point,
  priority: Priority,
  number: number,
  selected: boolean,
): void {
  if (!view.sees(point)) return;
  const [x, y] = [view.x(point), view.y(point)];
  sign(context, PRIORITY_PATHS[priority], x, y, 16, (shape) => {
    context.fillStyle = tones(`--${priority.toLowerCase()}`);
    context.strokeStyle = tones('--edge');
    context.lineWidth = 0.8;
    context.fill(shape);
    context.stroke(shape);
  });
  if (selected) {
    context.strokeStyle = tones('--focus');
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 15, 0, 7);
    context.stroke();
  }
  label(context, tones, String(number), x + 11, y + 4, '--t1');
}

/** A unit of `unitsDrawn`. */
export function drawUnit(context: CanvasRenderingContext2D, view: View, tones: Tones, { geometry, properties }: Drawn): void {
  const [[lon, lat] = [0, 0]] = positionsOf(geometry);
  if (!view.sees({ lat, lon })) return;
  const [x, y] = [view.x({ lat, lon }), view.y({ lat, lon })];
  const [, sign, age] = String(properties['icon']).split('-') as [string, UnitSign, FixAge];
  context.save();
  context.translate(x - 6, y - 6);
  paintUnit(context, sign, age, { sign: tones(`--u-${sign}`), halo: tones('--bg0'), edge: tones('--edge') });
  context.restore();
  const name = String(properties[view.scale >= SCALE_UNIT_NAMES ? 'name' : 'afar']);
  if (name !== '') label(context, tones, name, x + 8, y + 4);
}

/** The chosen point: a pin with its tip on it. */
export function drawPin(context: CanvasRenderingContext2D, view: View, tones: Tones, point: Point): void {
  const [x, y] = [view.x(point), view.y(point)];
  context.fillStyle = tones('--focus');
  context.strokeStyle = tones('--bg0');
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x, y);
  context.bezierCurveTo(x - 4, y - 8, x - 8, y - 11, x - 8, y - 16);
  context.arc(x, y - 16, 8, Math.PI, 0);
  context.bezierCurveTo(x + 8, y - 11, x + 4, y - 8, x, y);
  context.fill();
  context.stroke();
}

function trace(context: CanvasRenderingContext2D, view: View, positions: readonly Position[]): void {
  context.beginPath();
  for (const [lon, lat] of positions) context.lineTo(view.x({ lat, lon }), view.y({ lat, lon }));
}

/** A line, an area or a point that was drawn: dashed, in that colour. */
export function drawShape(context: CanvasRenderingContext2D, view: View, tones: Tones, geometry: GeoJSON.Geometry, tone: string): void {
  context.save();
  context.strokeStyle = context.fillStyle = tones(tone);
  context.lineWidth = 3;
  context.setLineDash([8, 4]);
  if (geometry.type === 'Point') {
    const [[lon, lat] = [0, 0]] = positionsOf(geometry);
    context.beginPath();
    context.arc(view.x({ lat, lon }), view.y({ lat, lon }), 4, 0, 7);
    context.fill();
  } else {
    trace(context, view, positionsOf(geometry));
    context.stroke();
  }
  context.restore();
}

/** Where a device says the caller is: a cross, the circle or sector it may be in, and who says so. */
export function drawSaid(context: CanvasRenderingContext2D, view: View, tones: Tones, said: SaidPosition): void {
  const [x, y] = [view.x(said.point), view.y(said.point)];
  context.save();
  context.strokeStyle = tones('--map-said');
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x - 6, y);
  context.lineTo(x + 6, y);
  context.moveTo(x, y - 6);
  context.lineTo(x, y + 6);
  context.stroke();
  const outline = outlineOf(said);
  if (outline) {
    context.setLineDash([6, 4]);
    trace(context, view, outline);
    context.stroke();
  }
  context.restore();
  label(context, tones, said.label, x + 9, y + 4, '--map-said');
}
