/** Rows become signs: honest about age, source and kind; differences only where something changed; shapes as drawn. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Changes, type Drawn } from '../../web/map/changes.ts';
import { CORNERS_MAX, Drawing } from '../../web/map/drawing.ts';
import { closuresDrawn, doubtsDrawn, facilitiesDrawn, incidentsDrawn, isFlood, isInForce, postsDrawn, saidDrawn, TRACK_MARK_MS, tracksDrawn, unitsDrawn, waysDrawn, type Say } from '../../web/map/features.ts';
import { FrameJudge, FRAMES_JUDGED, isSoftware, KEY_PAUSE_MOST_MS, KEY_PAUSE_MS, Pace, UPDATE_MS, UPDATE_SAVING_MS } from '../../web/map/judge.ts';
import { circle, middleOf, positionsOf, sectorOf, sideOf, signAt } from '../../web/map/shapes.ts';
import { tilesAround } from '../../web/map/tiles.ts';
import { LOST_S, STALE_S } from '../../web/board/fix-age.ts';
import type { IncidentTrack, Route } from '../../web/wire/map.ts';
import type { ClosureRow, EngagementRow, IncidentRow, UnitRow } from '../../web/wire/rows.ts';

const NOW = 1_764_122_400_000;
const say: Say = { age: (seconds) => `${Math.round(seconds)} s`, closure: (row) => row.reason, minutes: () => '4 min', time: (at) => at.slice(11, 16) };

const unit = (key: string, more: Partial<UnitRow> = {}): UnitRow =>
  ({ kind: 'unit', key, position: 1, state: 'available', agency: 'dinkes', unit_kind: 'ambulance_als', post: 'p1', home: { lat: -7, lon: 110.4 }, emergency_at: null, ...more }) as UnitRow;
const incident = (key: string, lat: number, more: Partial<IncidentRow> = {}): IncidentRow =>
  ({ kind: 'incident', key, position: 1, state: 'open', number: 41, priority: 'P1', place: { point: { lat, lon: 110.4 } }, ...more }) as unknown as IncidentRow;
const closure = (more: Partial<ClosureRow> = {}): ClosureRow =>
  ({ kind: 'closure', key: 'c', position: 1, geometry: { type: 'LineString', coordinates: [[110, -7], [110.1, -7], [110.2, -7]] }, depth_cm: null, reason: 'works', from_at: null, until_at: null, lifted_at: null, ...more }) as ClosureRow;

function seen(age_s: number, engagement?: Partial<EngagementRow>, more: Partial<UnitRow> = {}, ringed: string[] = []): Drawn['properties'] {
  const where = new Map([['AMB01', { lat: -7, lon: 110.4, heading: 90, at: NOW - age_s * 1000 }]]);
  const [drawn] = unitsDrawn({ units: [unit('AMB01', more)], engagement: () => engagement as EngagementRow | undefined, where, ringed: new Set(ringed), now: NOW }, say);
  return drawn?.properties ?? {};
}

describe('units', () => {
  test('a fresh one has its fill and its heading', () => {
    assert.deepEqual([seen(1)['icon'], seen(1)['name'], seen(1)['heads'], seen(1)['heading']], ['unit-siaga-fresh', 'AMB01', true, 90]);
  });

  test('a stale one is hollow, says how old its position is, and points nowhere', () => {
    assert.deepEqual([seen(STALE_S)['icon'], seen(STALE_S)['name'], seen(STALE_S)['heads']], ['unit-siaga-stale', 'AMB01 ? 30 s', false]);
    assert.equal(seen(STALE_S)['afar'], '? 30 s', 'how old it is, from afar as well');
    assert.equal(seen(LOST_S)['icon'], 'unit-siaga-lost');
  });

  test('whoever is at work or chosen has a name from afar; an emergency lies on top', () => {
    assert.equal(seen(1)['afar'], '');
    assert.equal(seen(1, { progress: 'departed' })['afar'], 'AMB01');
    assert.equal(seen(1, undefined, {}, ['AMB01'])['afar'], 'AMB01');
    assert.equal(seen(1, undefined, {}, ['AMB01'])['ringed'], true);
    const alarm = seen(1, { progress: 'on_scene' }, { emergency_at: '2026-11-26T02:00:00Z' });
    assert.equal(alarm['icon'], 'unit-darurat-fresh');
    assert.ok(Number(alarm['rank']) > Number(seen(1, { progress: 'departed' })['rank']));
  });

  test('one without a position is not drawn, and posts are drawn once', () => {
    assert.deepEqual(unitsDrawn({ units: [unit('AMB01')], engagement: () => undefined, where: new Map(), ringed: new Set(), now: NOW }, say), []);
    assert.equal(postsDrawn([unit('AMB01'), unit('AMB02'), unit('AMB03', { post: 'p2' })]).length, 2);
  });
});

describe('incidents', () => {
  test('closed ones and those without a point are not drawn; none is put at 0/0', () => {
    assert.deepEqual(incidentsDrawn([incident('a', -7, { state: 'closed' }), incident('b', -7, { place: null })], null), []);
  });

  test('two on one spot are fanned out, one alone is not', () => {
    const [one, other, alone] = incidentsDrawn([incident('a', -7), incident('b', -7.0003), incident('c', -7.01)], 'c');
    assert.notDeepEqual(one?.properties['fan'], other?.properties['fan']);
    assert.deepEqual(alone?.properties['fan'], [0, 0]);
    assert.equal(alone?.properties['ringed'], true);
    assert.deepEqual(one?.geometry, { type: 'Point', coordinates: [110.4, -7] });
  });
});

describe('how far off an incident may be', () => {
  test('is drawn of every open one that is not as good as known', () => {
    const place = { point: { lat: -7, lon: 110.4 }, radius_m: 800 } as IncidentRow['place'];
    const drawn = doubtsDrawn([incident('a', -7, { place }), incident('b', -7), incident('c', -7, { place, state: 'closed' }), incident('d', -7, { place: null })]);
    assert.deepEqual(drawn, [{ id: 'a/doubt', geometry: { type: 'Polygon', coordinates: [circle({ lat: -7, lon: 110.4 }, 800)] }, properties: {} }]);
  });
});

describe('closed roads', () => {
  test('count from their beginning until they are over or lifted', () => {
    const at = (offset_s: number): string => new Date(NOW + offset_s * 1000).toISOString();
    assert.ok(isInForce(closure(), NOW));
    assert.ok(!isInForce(closure({ from_at: at(60) }), NOW));
    assert.ok(!isInForce(closure({ until_at: at(0) }), NOW));
    assert.ok(isInForce(closure({ from_at: at(-60), until_at: at(60) }), NOW));
    assert.ok(!isInForce(closure({ lifted_at: at(-1) }), NOW));
  });

  test('a flood looks different from a closure, an area from a way, and each has a sign with its reason', () => {
    assert.ok(isFlood(closure({ depth_cm: 30 })));
    assert.ok(!isFlood(closure()));
    const area = closure({ key: 'd', depth_cm: 30, geometry: { type: 'Polygon', coordinates: [[[110, -7], [110.1, -7], [110.1, -7.1], [110, -7]]] } });
    const { shapes, signs } = closuresDrawn([closure(), area], NOW, say);
    assert.deepEqual(shapes.map((one) => [one.properties['what'], one.properties['form']]), [['closed', 'line'], ['flood', 'area']]);
    assert.deepEqual(signs[0]?.geometry, { type: 'Point', coordinates: [110.1, -7] });
    assert.equal(signs[0]?.properties['name'], 'works');
  });
});

test('a way by road and a straight line can be told apart, and each says its time at its middle', () => {
  const route = (source: string): Route => ({ unit: 'AMB01', points: [[-7, 110], [-7, 110.2]], travel: { seconds_low: 200, seconds_high: 260, distance_m: 2_000, source } });
  const { ways, names } = waysDrawn([route('road_network'), { ...route('straight_line'), unit: 'AMB02' }, { ...route('x'), unit: 'AMB03', points: [] }], say);
  assert.deepEqual(ways.map((one) => one.properties['by_road']), [true, false]);
  assert.deepEqual(names[0]?.geometry, { type: 'Point', coordinates: [110.1, -7] });
  assert.equal(names[0]?.properties['name'], 'AMB01 4 min');
});

test('what devices say is drawn with how far off it may be, and is never a place a person chose', () => {
  const drawn = saidDrawn([{ key: 'k', point: { lat: -7, lon: 110.4 }, radius_m: 500, label: 'phone ±500 m' }, { key: 'l', point: { lat: -7, lon: 110.4 }, radius_m: null, label: 'phone' }]);
  assert.deepEqual(drawn.map((one) => one.geometry.type), ['Polygon', 'Point', 'Point']);
  const ring = circle({ lat: -7, lon: 110.4 }, 500);
  assert.deepEqual(ring[0], ring.at(-1));
  const reach_m = ((ring[0]?.[0] ?? 0) - 110.4) * 111_195 * Math.cos((7 * Math.PI) / 180);
  assert.ok(Math.abs(reach_m - 500) < 1);
});

test('the sector of a cell is drawn as a part of a ring, and no coarser one hides a finer one', () => {
  const point = { lat: -7, lon: 110.4 };
  const sector = { inner_m: 200, outer_m: 900, start_deg: 330, opening_deg: 120 };
  const drawn = saidDrawn([
    { key: 'fine', point, radius_m: 14, label: 'phone ±14 m' },
    { key: 'cell', point, radius_m: 900, sector, label: 'cell ±900 m' },
  ]);
  assert.deepEqual(drawn.map((one) => one.id), ['fine/area', 'fine/point', 'cell/area', 'cell/point']);
  const ring = positionsOf(drawn[2]?.geometry as GeoJSON.Geometry);
  assert.deepEqual(ring[0], ring.at(-1));
  for (const [lon, lat] of ring) {
    const [east, north] = [(lon - 110.4) * 111_195 * Math.cos((7 * Math.PI) / 180), (lat + 7) * 111_195];
    const far = Math.hypot(east, north);
    assert.ok(Math.abs(far - 200) < 1 || Math.abs(far - 900) < 1, `${far} m`);
    const from_start = ((Math.atan2(east, north) * 180) / Math.PI - 330 + 720) % 360;
    assert.ok(from_start < 120.1 || from_start > 359.9, `${from_start}° from its start`);
  }
  const cake = sectorOf(point, { ...sector, inner_m: 0 });
  assert.ok(cake.some(([lon, lat]) => lon === 110.4 && lat === -7), 'without an inner radius it has the antenna as its corner');
});

test('facilities of an unknown kind have a sign, too', () => {
  const [known, other] = facilitiesDrawn([{ key: 'a', kind: 'hospital', name: 'RS', point: { lat: 0, lon: 0 }, source: 'pack' }, { key: 'b', kind: 'post', name: 'Pos', point: { lat: 0, lon: 0 }, source: 'map' }]);
  assert.deepEqual([known?.properties['icon'], other?.properties['icon']], ['place-hospital', 'place-other']);
});

test('shapes: every position of any geometry, a sign and a middle', () => {
  assert.equal(positionsOf({ type: 'MultiPolygon', coordinates: [[[[1, 2], [3, 4], [5, 6], [1, 2]]]] }).length, 4);
  assert.equal(signAt({ type: 'LineString', coordinates: [] }), null);
  assert.deepEqual(middleOf([[0, 0], [0, 10], [10, 10]]), [0, 10]);
  assert.deepEqual(middleOf([[1, 1]]), [1, 1]);
});

describe('changes', () => {
  const at = (id: string, lon: number, name = id): Drawn => ({ id, geometry: { type: 'Point', coordinates: [lon, 0] }, properties: { name } });

  test('the same picture costs nothing', () => {
    const changes = new Changes();
    assert.equal(changes.to([at('a', 1), at('b', 2)])?.add.length, 2);
    assert.equal(changes.to([at('a', 1), at('b', 2)]), null);
  });

  test('only what moved, changed its words, came or went is told, by the same number', () => {
    const changes = new Changes();
    const first = changes.to([at('a', 1), at('b', 2), at('c', 3)]);
    const next = changes.to([at('a', 9), at('b', 2, 'B'), at('d', 4)]);
    const [a, b, c] = (first?.add ?? []).map((feature) => feature.id);
    assert.deepEqual(next?.update, [
      { id: a, newGeometry: { type: 'Point', coordinates: [9, 0] } },
      { id: b, addOrUpdateProperties: [{ key: 'name', value: 'B' }] },
    ]);
    assert.deepEqual(next?.remove, [c]);
    assert.equal(next?.add.length, 1);
    assert.ok(![a, b, c].includes(next?.add[0]?.id));
  });

  test('what is there twice is drawn once', () => {
    assert.equal(new Changes().to([at('a', 1), at('a', 2)])?.add.length, 1);
  });
});

describe('drawing', () => {
  const point = (lon: number): { lat: number; lon: number } => ({ lat: -7, lon });

  test('a point is whole with its first corner; a line needs two, an area three', () => {
    const dot = new Drawing('point');
    assert.ok(dot.add(point(1)));
    assert.deepEqual(dot.finish(), { type: 'Point', coordinates: [1, -7] });
    const line = new Drawing('line');
    line.add(point(1));
    assert.equal(line.finish(), null);
    line.add(point(2));
    assert.deepEqual(line.finish(), { type: 'LineString', coordinates: [[1, -7], [2, -7]] });
    const area = new Drawing('polygon');
    for (const lon of [1, 2]) area.add(point(lon));
    assert.deepEqual([area.finish(), area.missing], [null, 1]);
    area.add(point(3));
    assert.deepEqual(area.finish(), { type: 'Polygon', coordinates: [[[1, -7], [2, -7], [3, -7], [1, -7]]] });
  });

  test('the same spot twice is one corner, the last can be taken back, and there is an end to them', () => {
    const line = new Drawing('line');
    line.add(point(1));
    line.add(point(1));
    assert.equal(line.corners, 1);
    line.add(point(2));
    line.undo();
    assert.equal(line.corners, 1);
    for (let lon = 0; lon < CORNERS_MAX + 10; lon += 1) line.add(point(lon / 1000 + 5));
    assert.equal(line.corners, CORNERS_MAX);
  });

  test('what is there so far is shown', () => {
    const area = new Drawing('polygon');
    area.add(point(1));
    area.add(point(2));
    assert.deepEqual(area.sketch().map((feature) => feature.geometry.type), ['Point', 'Point', 'LineString']);
    area.add(point(3));
    assert.equal(area.sketch().at(-1)?.geometry.type, 'Polygon');
  });
});

describe('weak machines', () => {
  test('a processor that draws is known by its name', () => {
    assert.ok(isSoftware('ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)))'));
    assert.ok(isSoftware('llvmpipe (LLVM 15.0.6, 256 bits)'));
    assert.ok(!isSoftware('ANGLE (Intel, Mesa Intel(R) UHD Graphics 620)'));
  });

  test('slow frames of one movement are judged by their median; a rest is no frame', () => {
    const quick = new FrameJudge();
    for (let at = 0; at < 40; at += 1) assert.ok(!quick.frame(at * 16));
    const slow = new FrameJudge();
    const told = Array.from({ length: FRAMES_JUDGED + 1 }, (_, at) => slow.frame(at * 150));
    assert.deepEqual([told.at(-1), told.slice(0, -1).some(Boolean)], [true, false]);
    const resting = new FrameJudge();
    for (let at = 0; at < 40; at += 1) {
      assert.ok(!resting.frame(at * 5_000));
      resting.rest();
    }
  });

  test('the map waits for the keys, but units do not stand still for ever', () => {
    const pace = new Pace();
    assert.ok(pace.may(0, false));
    assert.ok(!pace.may(UPDATE_MS / 2, false));
    pace.key(UPDATE_MS);
    assert.ok(!pace.may(UPDATE_MS + 1, false), 'somebody types');
    assert.ok(pace.may(UPDATE_MS + KEY_PAUSE_MS + 1, false));
    const busy = new Pace();
    assert.ok(busy.may(0, false));
    let drawn_at = 0;
    for (let at = 100; at <= KEY_PAUSE_MOST_MS + 200 && drawn_at === 0; at += 100) {
      busy.key(at);
      if (busy.may(at, false)) drawn_at = at;
    }
    assert.equal(drawn_at, KEY_PAUSE_MOST_MS);
  });

  test('units move four times a second, and more seldom where drawing them takes long', () => {
    const pace = new Pace();
    assert.deepEqual([0, 100, 250, 500, 600, 750].filter((at) => pace.may(at, false)), [0, 250, 500, 750]);
    pace.took(60);
    assert.deepEqual([1_000, 1_250, 1_350, 1_600, 1_950].filter((at) => pace.may(at, false)), [1_350, 1_950]);
    pace.took(2);
    assert.ok(pace.may(2_200, false));
  });

  test('a saving map moves seldom', () => {
    const pace = new Pace();
    assert.ok(pace.may(0, true));
    assert.ok(!pace.may(UPDATE_MS * 2, true));
    assert.ok(pace.may(UPDATE_SAVING_MS, true));
  });
});

test('words stand on the side of a way that is free: below where it rises to the east, above where it falls', () => {
  assert.equal(sideOf([[0, 0], [1, 1]]), 'below');
  assert.equal(sideOf([[1, 1], [0, 0]]), 'below', 'whichever way it is driven');
  assert.equal(sideOf([[0, 1], [1, 0]]), 'above');
  // its middle counts, not where it begins and ends
  assert.equal(sideOf([[0, 5], [1, 5], [2, 0], [3, 1], [4, 2], [5, 0]]), 'below');
});

test('a track is a line with its times: at the start with the unit, each five minutes, at the end', () => {
  const start = Date.parse('2026-11-26T07:00:00Z');
  const points = Array.from({ length: 13 }, (_, at) => ({ lat: -7 + at / 1000, lon: 110.4, at: new Date(start + (at * TRACK_MARK_MS) / 5).toISOString() }));
  const track: IncidentTrack = { incident: 'i', unit: 'AMB01', drives: [{ from_at: '', until_at: '', fixes: 13, points }, { from_at: '', until_at: '', fixes: 0, points: [] }] };
  const [line, ...marks] = tracksDrawn([track], say);
  assert.equal(line?.geometry.type, 'LineString');
  assert.deepEqual(marks.map(({ properties }) => [properties['name'], properties['is_end']]), [['AMB01 07:00', true], ['07:05', false], ['07:10', false], ['07:12', true]]);
  assert.equal(new Set([line, ...marks].map((one) => one?.id)).size, 5);
});

test('the tiles around a point are its own and those a map of some hundred metres reaches into', () => {
  const [lat, lon] = [-6.9906, 110.4229];
  const found = tilesAround(lat, lon);
  const [x, y] = [Math.floor(((lon + 180) / 360) * 16_384), 8_510];
  assert.ok(found.some(([column, row]) => column === x && row === y), JSON.stringify(found));
  assert.ok(found.length >= 1 && found.length <= 4);
  for (const [column, row] of found) assert.ok(Math.abs(column - x) <= 1 && Math.abs(row - y) <= 1);
});
