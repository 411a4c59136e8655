/** A unit's sign as it is painted: full while its position is fresh, hollow when it is stale, whatever the unit does. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SIGN_PATHS, type UnitSign } from '../../web/ui/unit-state.ts';
import { tonesOf } from '../../web/map/sketch.ts';
import { AGES, paintUnit, pathOf, type FixAge } from '../../web/map/unit-sign.ts';

Object.assign(globalThis, { Path2D: class {} });

const LINES: readonly UnitSign[] = ['nonaktif', 'darurat'];
const COLOURS = { sign: 'own', halo: 'ground', edge: 'edge' };

/** A context of one picture element: the middle of the sign, where every shape is filled and every line of lines passes. */
class Middle {
  lineWidth = 0;
  strokeStyle = '';
  fillStyle = '';
  colour = 'nothing';
  widths: string[] = [];
  readonly #has_line: boolean;
  constructor(sign: UnitSign) {
    this.#has_line = LINES.includes(sign);
  }
  stroke(): void {
    this.widths.push(`${this.strokeStyle} ${this.lineWidth.toFixed(1)}`);
    if (this.#has_line) this.colour = this.strokeStyle;
  }
  fill(): void {
    this.colour = this.fillStyle;
  }
}

function painted(sign: UnitSign, age: FixAge): Middle {
  const context = new Middle(sign);
  paintUnit(context as unknown as CanvasRenderingContext2D, sign, age, COLOURS);
  return context;
}

describe('the sign of a unit', () => {
  for (const sign of Object.keys(SIGN_PATHS) as UnitSign[]) {
    test(`${sign}: its middle has its colour while the position is fresh, and never afterwards`, () => {
      assert.equal(painted(sign, 'fresh').colour, 'own');
      for (const age of ['stale', 'lost'] as const) assert.notEqual(painted(sign, age).colour, 'own', age);
    });

    test(`${sign}: each age is painted otherwise`, () => {
      const seen = AGES.map((age) => JSON.stringify([painted(sign, age).widths, painted(sign, age).colour]));
      assert.equal(new Set(seen).size, AGES.length);
    });
  }
});

describe('what thousands of signs share', () => {
  test('a shape is made once', () => {
    assert.equal(pathOf(SIGN_PATHS.siaga), pathOf(SIGN_PATHS.siaga));
    assert.notEqual(pathOf(SIGN_PATHS.siaga), pathOf(SIGN_PATHS.menuju));
  });
  test('a token of the page is read once', () => {
    const asked: string[] = [];
    const tones = tonesOf({ getPropertyValue: (name) => (asked.push(name), ` ${name} `) });
    assert.deepEqual(['--t1', '--bg0', '--t1'].map(tones), ['--t1', '--bg0', '--t1']);
    assert.deepEqual(asked, ['--t1', '--bg0']);
  });
});
