/* QR codes: the standard's own figures, and what another program reads from ours. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { corrections_of, formatOf, OCTETS_MAX, qr, type Modules } from '../../web/ui/qr.ts';

/** The library reads codes; it lies beside the pages' own, where a test outside of their folder does not find it. */
const jsQR = createRequire(new URL('../../web/package.json', import.meta.url))('jsqr') as (pixels: Uint8ClampedArray, width: number, height: number) => { data: string } | null;

const SCALE = 4;
const QUIET = 4;

/** As a camera would see it: quiet zone, several pixels a module. */
function read(modules: Modules): string | undefined {
  const side = (modules.length + 2 * QUIET) * SCALE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1)
      if (modules[Math.floor(y / SCALE) - QUIET]?.[Math.floor(x / SCALE) - QUIET]) pixels.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
  return jsQR(pixels, side, side)?.data;
}

test("the standard's example: its correction octets and its format information", () => {
  // ISO/IEC 18004 annex I: "01234567" in version 1-M; clause 7.9: level M, mask 101
  const data = [0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11];
  assert.deepEqual(corrections_of(data, 10), [0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55]);
  assert.equal(formatOf(5), 0b100000011001110);
});

test('another program reads the shortest and the longest text of every version', () => {
  const longest = [14, 26, 42, 62, 84, 106, 122, 152, OCTETS_MAX];
  for (const length of longest.flatMap((octets, at) => [(longest[at - 1] ?? 0) + 1, octets])) {
    const text = `https://112.example.go.id/112/lokasi#abcde-fghjk?${'x7'.repeat(90)}`.slice(0, length);
    const modules = qr(text);
    assert.ok(modules);
    assert.equal(modules.length, 21 + 4 * longest.findIndex((octets) => length <= octets));
    assert.equal(read(modules), text, `${length} octets`);
  }
  assert.equal(read(qr('Jalan “Pandanaran” é') as Modules), 'Jalan “Pandanaran” é');
});

test('a link is a small code, and what does not fit makes none', () => {
  assert.equal(qr('https://112.semarangkota.go.id/112/lokasi#abcde-fghjk')?.length, 33);
  assert.equal(qr('x'.repeat(OCTETS_MAX + 1)), null);
});

test('it is still read with a corner torn off', () => {
  const modules = (qr('https://112.example.go.id/112/lokasi#abcde-fghjk') as Modules).map((row, y) => row.map((is_dark, x) => (x > 29 && y > 24 ? true : is_dark)));
  assert.equal(read(modules), 'https://112.example.go.id/112/lokasi#abcde-fghjk');
});
