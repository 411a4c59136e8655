/* A QR code (ISO/IEC 18004) of a short text: byte mode, error correction level M, versions 1 to 9, which hold 180 octets.
   Pure: a text in, rows of dark and light out. Names in the standard's words. */

/** Of each version: error correction octets of a block, and the data octets of each block. */
const BLOCKS: readonly (readonly [number, readonly number[]])[] = [
  [10, [16]],
  [16, [28]],
  [26, [44]],
  [18, [32, 32]],
  [24, [43, 43]],
  [16, [27, 27, 27, 27]],
  [18, [31, 31, 31, 31]],
  [22, [38, 38, 39, 39]],
  [22, [36, 36, 36, 37, 37]],
];
/** Centres of the alignment patterns of each version, in rows and columns. */
const ALIGNED: readonly (readonly number[])[] = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46]];
const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

/** Octets of text and of its header that a version holds. */
const HEADER_BITS = 12;
export const OCTETS_MAX = 180;

export type Modules = readonly (readonly boolean[])[];

/** The code, without its quiet zone of four modules; null when the text is too long. */
export function qr(text: string): Modules | null {
  const octets = [...new TextEncoder().encode(text)];
  const version = BLOCKS.findIndex(([, blocks]) => octets.length * 8 + HEADER_BITS <= 8 * sum(blocks)) + 1;
  if (version === 0) return null;
  const frame = framed(version);
  const bits = interleaved(version, filled(octets, sum(blocksOf(version)[1]))).flatMap((octet) => bitsOf(octet, 8));
  const order = dataOrder(frame);
  const masked = MASKS.map((is_dark, mask) => {
    const modules = frame.map((row) => row.map((module) => module === true));
    order.forEach(([row, column], at) => set(modules, row, column, (bits[at] ?? false) !== is_dark(row, column)));
    drawFormat(modules, mask);
    return modules;
  });
  return masked.reduce((best, one) => (penalty(one) < penalty(best) ? one : best));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const blocksOf = (version: number): readonly [number, readonly number[]] => BLOCKS[version - 1] as readonly [number, readonly number[]];
const bitsOf = (value: number, count: number): boolean[] => Array.from({ length: count }, (_, at) => ((value >> (count - 1 - at)) & 1) === 1);

function set<T>(modules: T[][], row: number, column: number, value: T): void {
  (modules[row] as T[])[column] = value;
}

/** Mode, length, text, terminator and padding. */
function filled(octets: readonly number[], capacity: number): number[] {
  const bits = [...bitsOf(4, 4), ...bitsOf(octets.length, 8), ...octets.flatMap((octet) => bitsOf(octet, 8)), ...bitsOf(0, 4)];
  const found: number[] = [];
  for (let at = 0; at < bits.length && found.length < capacity; at += 8) found.push(bits.slice(at, at + 8).reduce((value, bit) => value * 2 + Number(bit), 0));
  for (let odd = 0; found.length < capacity; odd ^= 1) found.push(odd === 0 ? 0xec : 0x11);
  return found;
}

function interleaved(version: number, data: readonly number[]): number[] {
  const [corrections, sizes] = blocksOf(version);
  let from = 0;
  const blocks = sizes.map((size) => data.slice(from, (from += size)));
  const corrected = blocks.map((block) => corrections_of(block, corrections));
  const longest = Math.max(...sizes);
  const columns = (rows: readonly (readonly number[])[], width: number): number[] =>
    Array.from({ length: width }, (_, at) => rows.flatMap((row) => (at < row.length ? [row[at] as number] : []))).flat();
  return [...columns(blocks, longest), ...columns(corrected, corrections)];
}

/** Product in the field of 256 elements whose polynomial is 0x11d. */
function times(one: number, other: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((other >> bit) & 1) * one);
  return product;
}

/** The Reed–Solomon octets of a block: what is left of it divided by the generator. */
export function corrections_of(block: readonly number[], count: number): number[] {
  const generator = [...Array<number>(count - 1).fill(0), 1];
  let root = 1;
  for (let power = 0; power < count; power += 1) {
    for (let at = 0; at < count; at += 1) generator[at] = times(generator[at] as number, root) ^ (generator[at + 1] ?? 0);
    root = times(root, 2);
  }
  const rest = Array<number>(count).fill(0);
  for (const octet of block) {
    const factor = octet ^ (rest.shift() as number);
    rest.push(0);
    generator.forEach((coefficient, at) => (rest[at] = (rest[at] as number) ^ times(coefficient, factor)));
  }
  return rest;
}

/** Every function pattern; null where data goes, false where format information will be drawn. */
function framed(version: number): (boolean | null)[][] {
  const size = 17 + 4 * version;
  const modules = Array.from({ length: size }, () => Array<boolean | null>(size).fill(null));
  const square = (row: number, column: number, reach: number, is_dark: (ring: number) => boolean): void => {
    for (let r = -reach; r <= reach; r += 1)
      for (let c = -reach; c <= reach; c += 1)
        if (modules[row + r]?.[column + c] !== undefined) set(modules, row + r, column + c, is_dark(Math.max(Math.abs(r), Math.abs(c))));
  };
  for (let at = 8; at < size - 8; at += 1) {
    set(modules, 6, at, at % 2 === 0);
    set(modules, at, 6, at % 2 === 0);
  }
  for (const [row, column] of [[3, 3], [3, size - 4], [size - 4, 3]] as const) square(row, column, 4, (ring) => ring !== 2 && ring !== 4);
  const centres = ALIGNED[version - 1] as readonly number[];
  const last = size - 7;
  for (const row of centres)
    for (const column of centres)
      if (!((row === 6 && (column === 6 || column === last)) || (row === last && column === 6))) square(row, column, 2, (ring) => ring !== 1);
  for (let at = 0; at < 9; at += 1) {
    if (at !== 6) {
      set(modules, 8, at, false);
      set(modules, at, 8, false);
    }
    if (at < 8) {
      set(modules, 8, size - 1 - at, false);
      set(modules, size - 1 - at, 8, false);
    }
  }
  if (version >= 7) {
    const told = (version << 12) | remainder(version, 12, 0x1f25);
    for (let at = 0; at < 18; at += 1) {
      const [far, near] = [size - 11 + (at % 3), Math.floor(at / 3)];
      set(modules, near, far, ((told >> at) & 1) === 1);
      set(modules, far, near, ((told >> at) & 1) === 1);
    }
  }
  return modules;
}

/** What is left of `value`, shifted by so many bits, divided by the generator: a BCH code's check bits. */
function remainder(value: number, bits: number, generator: number): number {
  let rest = value;
  for (let at = 0; at < bits; at += 1) rest = (rest << 1) ^ ((rest >> (bits - 1)) * generator);
  return rest;
}

/** Fifteen bits of format information: level M and the mask. */
export const formatOf = (mask: number): number => ((mask << 10) | remainder(mask, 10, 0x537)) ^ 0x5412;

function drawFormat(modules: boolean[][], mask: number): void {
  const size = modules.length;
  const format = formatOf(mask);
  for (let at = 0; at < 15; at += 1) {
    const bit = ((format >> at) & 1) === 1;
    set(modules, at < 6 ? at : at < 8 ? at + 1 : size - 15 + at, 8, bit);
    set(modules, 8, at < 8 ? size - 1 - at : at === 8 ? 7 : 14 - at, bit);
  }
  set(modules, size - 8, 8, true);
}

/** Where data goes, in its order: two columns at a time from the right, upwards and downwards in turn. */
function dataOrder(frame: readonly (readonly (boolean | null)[])[]): (readonly [number, number])[] {
  const size = frame.length;
  const found: (readonly [number, number])[] = [];
  let is_up = true;
  for (let right = size - 1; right > 0; right -= 2, is_up = !is_up) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const row = is_up ? size - 1 - step : step;
      for (const column of [right, right - 1]) if (frame[row]?.[column] === null) found.push([row, column]);
    }
  }
  return found;
}

/** The standard's four rules: runs, squares, patterns like a finder, and too much of one colour. */
function penalty(modules: Modules): number {
  const size = modules.length;
  const lines = [...modules, ...modules.map((_, column) => modules.map((row) => row[column] as boolean))].map((line) => line.map(Number).join(''));
  let points = 0;
  for (const line of lines) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) points += run.length - 2;
    points += 40 * [...line.matchAll(/(?=10111010000|00001011101)/g)].length;
  }
  for (let row = 0; row + 1 < size; row += 1)
    for (let column = 0; column + 1 < size; column += 1) {
      const four = [modules[row]?.[column], modules[row]?.[column + 1], modules[row + 1]?.[column], modules[row + 1]?.[column + 1]];
      if (four.every((one) => one === four[0])) points += 3;
    }
  const dark = lines.slice(0, size).join('').replaceAll('0', '').length / size ** 2;
  return points + 10 * Math.floor(Math.abs(dark * 20 - 10));
}
