/** The colours can be told apart by every kind of sight, and read. Computed from tokens.css itself: WCAG contrast, and the
 *  distance in OKLab under Machado's simulation of protan, deutan and tritan sight. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const css = readFileSync(new URL('../../web/ui/tokens.css', import.meta.url), 'utf8');

function block(selector: string): Record<string, string> {
  const start = css.indexOf(selector);
  assert.ok(start >= 0, selector);
  const body = css.slice(start, css.indexOf('}', start));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{3,6})/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

const shared = block(':root {');
const night = { ...shared, ...block("[data-theme='gelap'] {") };
const day = { ...shared, ...block("[data-theme='terang'] {") };

type Colour = [number, number, number];

function linear(hex: string): Colour {
  const long = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex;
  const channel = (at: number) => {
    const value = Number.parseInt(long.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function contrast(a: string, b: string): number {
  const luminance = ([red, green, blue]: Colour) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const [high, low] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const SIGHT: Record<string, number[]> = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function seen(hex: string, matrix: number[]): Colour {
  const colour = linear(hex);
  const mixed = [0, 3, 6].map((row) => colour.reduce((sum, value, at) => sum + value * (matrix[row + at] ?? 0), 0));
  return mixed.map((value) => Math.min(1, Math.max(0, value))) as Colour;
}

function oklab([red, green, blue]: Colour): Colour {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}

function smallest(colours: string[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const matrix of Object.values(SIGHT)) {
    const labs = colours.map((hex) => oklab(seen(hex, matrix)));
    labs.forEach((a, i) => labs.slice(i + 1).forEach((b) => (least = Math.min(least, 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])))));
  }
  return least;
}

function pick(tokens: Record<string, string>, ...names: string[]): string[] {
  return names.map((name) => {
    const value = tokens[name];
    assert.ok(value, `--${name} is missing`);
    return value;
  });
}

test('priorities, unit states and alarms differ for every kind of sight', () => {
  assert.ok(smallest(pick(shared, 'p1', 'p2', 'p3', 'p4', 'p5', 'p0')) >= 11.5);
  for (const theme of [night, day]) {
    assert.ok(smallest(pick(theme, 'u-siaga', 'u-menuju', 'u-tiba', 'u-membawa', 'u-nonaktif', 'u-darurat')) >= 8.5);
  }
  assert.ok(smallest(pick(shared, 'a1', 'a2', 'a3', 'panic')) >= 11.5);
});

test('text on chips and alarms can be read', () => {
  assert.ok(contrast(shared['p1'] ?? '', '#ffffff') >= 4.5);
  for (const colour of pick(shared, 'p2', 'p3', 'p4', 'p5', 'p0', 'a2', 'a3', 'panic')) assert.ok(contrast(colour, '#000000') >= 4.5, colour);
  assert.ok(contrast(shared['a1'] ?? '', '#ffffff') >= 4.5);
});

test('text, controls and edges can be seen on every surface of both themes', () => {
  for (const theme of [night, day]) {
    const surfaces = pick(theme, 'bg0', 'bg1', 'bg2', 'bg3', 'sel');
    for (const surface of surfaces) {
      assert.ok(contrast(theme['t1'] ?? '', surface) >= 7, `t1 on ${surface}`);
      assert.ok(contrast(theme['t2'] ?? '', surface) >= 4.5, `t2 on ${surface}`);
      assert.ok(contrast(theme['focus'] ?? '', surface) >= 3, `focus on ${surface}`);
    }
    for (const surface of surfaces.slice(0, 4)) assert.ok(contrast(theme['t3'] ?? '', surface) >= 4.5, `t3 on ${surface}`);
    assert.ok(contrast('#ffffff', theme['act'] ?? '') >= 4.5);
    assert.ok(contrast(theme['ctl'] ?? '', theme['bg1'] ?? '') >= 3);
  }
  for (const name of ['p1', 'p2', 'p3', 'p4', 'p5', 'p0']) assert.ok(contrast(day[name] ?? '', '#000000') >= 3, `the black edge of ${name}`);
});
