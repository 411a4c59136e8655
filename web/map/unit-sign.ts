/* How a unit's sign is painted, on the map and on the sketch: full while its position is fresh, hollow once that is stale,
   hollow and thin once it is lost, whatever the unit is doing. What tells them apart is the sign's middle: of its colour
   while fresh, never afterwards. */
import { LOST_S, STALE_S } from '../board/fix-age.ts';
import { SIGN_PATHS, type UnitSign } from '../ui/unit-state.ts';

export const AGES = ['fresh', 'stale', 'lost'] as const;
export type FixAge = (typeof AGES)[number];

export const ageOf = (seconds: number): FixAge => (seconds >= LOST_S ? 'lost' : seconds >= STALE_S ? 'stale' : 'fresh');

/** Signs of lines alone: hollow they have two lines for each. */
const LINES: readonly UnitSign[] = ['nonaktif', 'darurat'];
const WIDTHS: Readonly<Record<FixAge, number>> = { fresh: 2.2, stale: 2.2, lost: 1.3 };

const paths = new Map<string, Path2D>();

/** The shape that these words draw, made once: a city has thousands of signs and a dozen shapes. */
export function pathOf(words: string): Path2D {
  const path = paths.get(words) ?? new Path2D(words);
  paths.set(words, path);
  return path;
}

/** Paints on a context whose unit is the signs' grid of 12 × 12; `halo` is the ground's colour around and inside. */
export function paintUnit(context: CanvasRenderingContext2D, sign: UnitSign, age: FixAge, colours: { sign: string; halo: string; edge: string }): void {
  const path = pathOf(SIGN_PATHS[sign]);
  const stroke = (width: number, colour: string): void => {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke(path);
  };
  const is_fresh = age === 'fresh';
  context.fillStyle = colours.sign;
  if (LINES.includes(sign)) {
    stroke(is_fresh ? 4.2 : 5.6, colours.halo);
    stroke(is_fresh ? 2.2 : 4.2, colours.sign);
    if (!is_fresh) stroke(4.2 - WIDTHS[age], colours.halo);
  } else if (is_fresh && sign !== 'siaga') {
    stroke(2.4, colours.edge);
    context.fill(path);
  } else {
    stroke(4.2, colours.halo);
    stroke(WIDTHS[age], colours.sign);
    if (is_fresh) context.fill(pathOf('M6 4.3a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4Z'));
  }
}
