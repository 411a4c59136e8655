/** The map's style is valid, draws every layer of the city's tiles, and reaches for nothing outside. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { TOKENS, paletteOf, type Palette } from '../../web/map/palette.ts';
import { GROUPS, OVERLAYS, styleOf, TILES, tilesOf } from '../../web/map/style.ts';
import { lampOf } from '../../web/map/support.ts';

/** The library's own judge of styles. */
const judge = new URL('../../web/node_modules/@maplibre/maplibre-gl-style-spec/dist/index.mjs', import.meta.url).href;
const { validateStyleMin } = (await import(judge)) as { validateStyleMin: (style: unknown) => unknown[] };

const css = readFileSync(new URL('../../web/ui/tokens.css', import.meta.url), 'utf8');

function theme(selector: string): Palette {
  const of = (start: string): Record<string, string> => {
    const from = css.indexOf(start);
    return Object.fromEntries([...css.slice(from, css.indexOf('}', from)).matchAll(/(--[\w-]+):\s*(#[0-9a-f]{3,6})/g)].map((found) => [found[1] ?? '', found[2] ?? '']));
  };
  const values = { ...of(':root {'), ...of("[data-theme='gelap'] {"), ...of(selector) };
  return paletteOf({ getPropertyValue: (name) => values[name] ?? '' });
}

const night = theme("[data-theme='gelap'] {");
const day = theme("[data-theme='terang'] {");

describe('the style', () => {
  test('is valid by the specification, by day and by night', () => {
    for (const palette of [night, day]) assert.deepEqual(validateStyleMin(styleOf(palette, 'one')), []);
  });

  test('every colour comes from a token, and both themes have every token', () => {
    for (const [name, token] of Object.entries(TOKENS)) {
      assert.ok(css.includes(`${token}:`), `${token} is in tokens.css`);
      assert.match(night[name as keyof Palette], /^#[0-9a-f]{3,6}$/, token);
      assert.match(day[name as keyof Palette], /^#[0-9a-f]{3,6}$/, token);
    }
    assert.notEqual(night.land, day.land);
  });

  test('shows every layer that the tiles have', () => {
    const python = readFileSync(new URL('../../src/kentongan/edge/geo/tiles/layers.py', import.meta.url), 'utf8');
    const layers = python.slice(python.indexOf('class Layer('), python.indexOf('Properties ='));
    const made = [...layers.matchAll(/= "(\w+)"/g)].map((found) => found[1] ?? '').sort();
    const shown = new Set(styleOf(night, 'one').layers.flatMap((layer) => ('source-layer' in layer && layer.source === TILES ? [layer['source-layer'] ?? ''] : [])));
    assert.ok(made.length > 5);
    assert.deepEqual([...shown].sort(), made);
  });

  test('reaches for no address: no glyphs, no sprite, tiles by our own protocol', () => {
    const text = JSON.stringify(styleOf(night, 'v/1 ü'));
    assert.ok(!/https?:|glyphs|sprite/.test(text));
    assert.equal(tilesOf('v/1 ü'), 'kota://v%2F1%20%C3%BC/{z}/{x}/{y}');
  });

  test('groups that can be switched name layers that are there, and overlays have their source', () => {
    const style = styleOf(night, 'one');
    const ids = new Set(style.layers.map((layer) => layer.id));
    for (const layer of Object.values(GROUPS).flat()) assert.ok(ids.has(layer), layer);
    for (const name of OVERLAYS) assert.ok(style.layers.some((layer) => 'source' in layer && layer.source === name), name);
    assert.equal(ids.size, style.layers.length, 'each id once');
  });
});

function luminance(hex: string): number {
  const long = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(long.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

test('names can be read on their halo, and what matters stands out from the ground', () => {
  for (const palette of [night, day]) {
    for (const name of ['text', 'text_place', 'text_water', 'help', 'said', 'way', 'label'] as const) assert.ok(contrast(palette[name], palette.halo) >= 4.5, `${name} ${palette[name]}`);
    for (const name of ['closed', 'flood', 'way', 'said', 'cover'] as const) for (const under of ['land', 'built', 'green'] as const) assert.ok(contrast(palette[name], palette[under]) >= 3, `${name} on ${under}: ${contrast(palette[name], palette[under]).toFixed(2)}`);
  }
});

test('a map that failed lights the lamp; one without roads says nothing', () => {
  assert.deepEqual([lampOf(true, false), lampOf(false, true), lampOf(false, false)], ['off', 'ok', 'unknown']);
});
