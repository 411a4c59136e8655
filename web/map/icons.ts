/* The map's signs, painted once per theme from the same paths as in the lists, so that no picture has to be fetched. */
import { SIGN_PATHS, type UnitSign } from '../ui/unit-state.ts';
import type { Priority } from '../wire/rows.ts';
import type { Palette } from './palette.ts';
import { PRIORITY_PATHS } from './sketch.ts';
import { AGES, paintUnit, type FixAge } from './unit-sign.ts';

/** Pixels of the picture per pixel of the page: sharp on every screen. */
export const ICON_RATIO = 2;

export interface Icon {
  readonly name: string;
  readonly image: ImageData;
}

type Paint = (context: CanvasRenderingContext2D) => void;

function painted(name: string, width: number, height: number, paint: Paint): Icon {
  const canvas = document.createElement('canvas');
  canvas.width = width * ICON_RATIO;
  canvas.height = height * ICON_RATIO;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas to paint signs on');
  context.scale(ICON_RATIO, ICON_RATIO);
  context.lineJoin = 'round';
  context.lineCap = 'round';
  paint(context);
  return { name, image: context.getImageData(0, 0, canvas.width, canvas.height) };
}

/** A path of the 12 × 12 grid in the middle of a picture of `size`, drawn `across` pixels wide. */
function shape(context: CanvasRenderingContext2D, size: number, across: number, path: string, paint: (shape: Path2D) => void): void {
  context.save();
  context.translate((size - across) / 2, (size - across) / 2);
  context.scale(across / 12, across / 12);
  paint(new Path2D(path));
  context.restore();
}

function unit(p: Palette, sign: UnitSign, age: FixAge): Icon {
  return painted(`unit-${sign}-${age}`, 20, 20, (context) => {
    context.translate(3, 3);
    context.scale(14 / 12, 14 / 12);
    paintUnit(context, sign, age, { sign: p[sign], halo: p.halo, edge: p.edge });
  });
}

function incident(p: Palette, priority: Priority): Icon {
  const key = priority.toLowerCase() as 'p0' | 'p1' | 'p2' | 'p3' | 'p4' | 'p5';
  return painted(`incident-${priority}`, 26, 26, (context) =>
    shape(context, 26, 20, PRIORITY_PATHS[priority], (path) => {
      context.lineWidth = 3.2;
      context.strokeStyle = p.halo;
      context.stroke(path);
      context.lineWidth = 1.4;
      context.strokeStyle = p.edge;
      context.fillStyle = p[key];
      context.fill(path);
      context.stroke(path);
    }),
  );
}

/** A letter or a cross in a frame: help that stands still. */
function place(p: Palette, name: string, path: string, color: string): Icon {
  return painted(name, 18, 18, (context) => {
    context.fillStyle = p.halo;
    context.strokeStyle = color;
    context.lineWidth = 1.6;
    context.beginPath();
    context.roundRect(2, 2, 14, 14, 3);
    context.fill();
    context.stroke();
    shape(context, 18, 9, path, (drawn) => {
      context.lineWidth = 2.4;
      context.stroke(drawn);
    });
  });
}

const PLACES: Readonly<Record<string, string>> = {
  hospital: 'M2 1v10M10 1v10M2 6h8',
  clinic: 'M6 1v10M1 6h10',
  fire_station: 'M6 1c3 3 4 5 4 7a4 4 0 0 1-8 0c0-2 2-3 2-5 1 1 1.5 1.5 2-2Z',
  police: 'M6 1 10.5 2.5V6c0 3-2 4.5-4.5 5.5C3.5 10.5 1.5 9 1.5 6V2.5Z',
  ambulance_station: 'M6 1v10M1.7 3.5l8.600 5M10.300 3.5l-8.600 5',
};

/** Hatching that meets itself at the edges. */
function hatch(name: string, color: string, turned: boolean): Icon {
  return painted(name, 12, 12, (context) => {
    context.strokeStyle = color;
    context.globalAlpha = 0.75;
    context.lineWidth = 2;
    context.lineCap = 'butt';
    for (const at of [-12, 0, 12]) {
      context.beginPath();
      context.moveTo(at, turned ? 12 : 0);
      context.lineTo(at + 12, turned ? 0 : 12);
      context.stroke();
    }
  });
}

function sign(p: Palette, name: string, color: string, path: string): Icon {
  return painted(name, 20, 20, (context) => {
    context.fillStyle = p.halo;
    context.strokeStyle = color;
    context.lineWidth = 2.6;
    context.beginPath();
    context.arc(10, 10, 7.5, 0, 7);
    context.fill();
    context.stroke();
    shape(context, 20, 9, path, (drawn) => {
      context.lineWidth = 2.8;
      context.stroke(drawn);
    });
  });
}

/** Every sign of the map in these colours. */
export function iconsOf(p: Palette): Icon[] {
  const units = (Object.keys(SIGN_PATHS) as UnitSign[]).flatMap((one) => AGES.map((age) => unit(p, one, age)));
  const incidents = (Object.keys(PRIORITY_PATHS) as Priority[]).map((one) => incident(p, one));
  return [
    ...units,
    ...incidents,
    ...Object.entries(PLACES).map(([kind, path]) => place(p, `place-${kind}`, path, p.help)),
    place(p, 'place-other', 'M3 6h6', p.help),
    painted('post', 10, 10, (context) => {
      context.fillStyle = p.halo;
      context.strokeStyle = p.text;
      context.lineWidth = 1.5;
      context.strokeRect(2, 2, 6, 6);
      context.fillRect(3, 3, 4, 4);
    }),
    painted('heading', 34, 34, (context) => {
      context.strokeStyle = p.label;
      context.lineWidth = 2.4;
      context.beginPath();
      context.moveTo(13, 7);
      context.lineTo(17, 2);
      context.lineTo(21, 7);
      context.stroke();
    }),
    hatch('hatch-closed', p.closed, false),
    hatch('hatch-flood', p.flood, true),
    sign(p, 'sign-closed', p.closed, 'M1 6h10'),
    sign(p, 'sign-flood', p.flood, 'M0 4c2-2 4-2 6 0s4 2 6 0M0 9c2-2 4-2 6 0s4 2 6 0'),
    painted('said', 16, 16, (context) => {
      context.strokeStyle = p.halo;
      context.lineWidth = 4;
      const cross = new Path2D('M8 1v14M1 8h14');
      context.stroke(cross);
      context.strokeStyle = p.said;
      context.lineWidth = 2;
      context.stroke(cross);
    }),
    painted('pin', 24, 30, (context) => {
      const drop = new Path2D('M12 29C10 22 4 18 4 11a8 8 0 0 1 16 0c0 7-6 11-8 18Z');
      context.fillStyle = p.focus;
      context.strokeStyle = p.halo;
      context.lineWidth = 2;
      context.fill(drop);
      context.stroke(drop);
      context.fillStyle = p.halo;
      context.beginPath();
      context.arc(12, 11, 3, 0, 7);
      context.fill();
    }),
  ];
}
