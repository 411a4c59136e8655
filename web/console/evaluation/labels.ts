/* Words beside points of a plot: each where there is room, none over another, a line or a point. Pure. */

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
/** Words for what reaches from `from` to `to` at height `y`; `down` is how far below it they would best stand. */
export interface Wish {
  readonly key: string;
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly y: number;
  readonly down?: number;
}
/** Where the words go: the end that is at the point, and the line of writing. `is_far`: a line leads there. */
export interface Label {
  readonly key: string;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end';
  readonly is_far: boolean;
  readonly box: Box;
}

/** Of the small type (13 px), bold: wider than its letters are in the mean, so that what is reckoned apart is apart. */
const LETTER = 7.4;
const LINE = 15;
const ABOVE = 11;
const GAP = 8;
const STEPS = 8;

/** Named in the funnel: a place that differs although so many were looked at (the false-discovery rate of saying so). */
export const Q_MAX = 0.05;
export const differs = (one: { readonly q_value: number }): boolean => one.q_value <= Q_MAX;

export const widthOf = (text: string): number => text.length * LETTER;
export const meets = (one: Box, other: Box): boolean => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
/** A point, or an upright or level line, as words must keep off it. */
export const around = (from: number, to: number, top: number, bottom: number, by = 2): Box => ({ left: from - by, right: to + by, top: top - by, bottom: bottom + by });

/** The words in the order of their weight; what finds no room within the frame is not written: the table has it. */
export function laid(wishes: readonly Wish[], frame: Box, taken: readonly Box[]): Label[] {
  const placed: Label[] = [];
  for (const wish of wishes) {
    const label = firstFree(wish, frame, [...taken, ...placed.map((one) => one.box)]);
    if (label !== null) placed.push(label);
  }
  return placed;
}

function firstFree(wish: Wish, frame: Box, taken: readonly Box[]): Label | null {
  const width = widthOf(wish.text);
  for (let step = 0; step <= STEPS; step += 1) {
    for (const off of step === 0 ? [0] : [step * LINE, -step * LINE]) {
      for (const anchor of ['start', 'end'] as const) {
        const x = anchor === 'start' ? wish.to + GAP : wish.from - GAP;
        const top = wish.y + (wish.down ?? 0) + off - LINE / 2;
        const left = anchor === 'start' ? x : x - width;
        const box = { left, right: left + width, top, bottom: top + LINE };
        const is_inside = box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
        if (is_inside && !taken.some((one) => meets(one, box))) return { key: wish.key, text: wish.text, x, y: top + ABOVE, anchor, is_far: step > 1, box };
      }
    }
  }
  return null;
}
