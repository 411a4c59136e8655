/* Axes: from values to pixels, and where to write a number. Pure. */

export type Scale = (value: number) => number;

export function linear(from: number, to: number, begin: number, end: number): Scale {
  const span = to - from || 1;
  return (value) => begin + ((value - from) / span) * (end - begin);
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800] as const;

/** Round seconds from 0 up to `to`, at most `count` of them. */
export function secondTicks(to: number, count: number): number[] {
  const step = STEPS_S.find((one) => to / one <= count) ?? Math.ceil(to / count / 3_600) * 3_600;
  return Array.from({ length: Math.floor(to / step) + 1 }, (_, at) => at * step);
}

/** Round numbers between two, at most about `count` of them. */
export function ticks(from: number, to: number, count: number): number[] {
  const rough = (to - from) / Math.max(count, 1) || 1;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * size >= rough) ?? 10) * size;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** A line through points, as an SVG path; a point that is null interrupts it. */
export function path(points: readonly (readonly [number, number] | null)[]): string {
  let drawn = '';
  let is_down = false;
  for (const point of points) {
    if (point === null) is_down = false;
    else {
      drawn += `${is_down ? 'L' : 'M'}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
      is_down = true;
    }
  }
  return drawn;
}

/** Rows as CSV for a spreadsheet: semicolons where a comma is the decimal sign, nothing that could be a formula. */
export function csvOf(columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null): string => {
    if (value === null) return '';
    const text = typeof value === 'number' ? String(value) : /^[=+\-@]/.test(value) ? `'${value}` : value;
    return /[",\n\r;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}
