/** Hospitals, waves, broken promises, months and a voice: the small rules of Armada, Instansi and Lapangan. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { monthsBack } from '../../web/console/agency/months.ts';
import { contradictions, TOGETHER_M, type Standing } from '../../web/console/fleet/contradiction.ts';
import { metresBetween } from '../../web/ui/metres.ts';
import { inboundOf, listed, OLD_S } from '../../web/console/fleet/hospitals.ts';
import { brokenPromise, firstInstead, slippedPromise } from '../../web/console/fleet/retold.ts';
import { wavesOf } from '../../web/console/fleet/waves.ts';
import { ownVoice, spoken } from '../../web/unit/aloud.ts';
import type { Assignment, EmergencyRoom, HospitalRow, IncidentRow, Progress } from '../../web/wire/rows.ts';

const NOW = Date.parse('2026-11-23T07:00:00Z');
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

function assignment(unit: string, progress: Progress, times: Partial<Record<Progress, string>>, more: Partial<Assignment> = {}): Assignment {
  return { unit, agency: 'dinkes', progress, progress_at: times, promise: null, alert_delivered_at: null, escalated_at: null, destination: null, released: false, release_reason: null, release_reason_text: null, open: true, ended_at: null, ...more } as Assignment;
}
const incident = (...assignments: Assignment[]): IncidentRow => ({ assignments, state: 'open' }) as unknown as IncidentRow;
const status = (key: string, emergency: EmergencyRoom, age_s = 60): HospitalRow => ({ kind: 'hospital', key, position: 1, emergency, beds: 3, note: null, at: at(-age_s), agent_name: 'Budi' });

describe('hospitals', () => {
  const HERE = { lat: -6.99, lon: 110.42 };
  const known = [
    { key: 'near', name: 'Near', point: { lat: -6.99, lon: 110.43 }, phones: ['1'], emergency_department: true, special: null },
    { key: 'next', name: 'Next', point: { lat: -6.99, lon: 110.44 }, phones: [], emergency_department: true, special: null },
    { key: 'far', name: 'Far', point: { lat: -6.99, lon: 110.52 }, phones: [], emergency_department: true, special: null },
    { key: 'clinic', name: 'Clinic', point: HERE, phones: [], emergency_department: false, special: null },
  ];
  const order = (rows: readonly HospitalRow[], incidents: readonly IncidentRow[] = []): string[] =>
    listed(known, HERE, (key) => rows.find((row) => row.key === key) ?? null, incidents, NOW).map((one) => one.key);

  test('the nearest that takes patients first; none is hidden but what has no emergency room', () => {
    assert.deepEqual(order([]), ['near', 'next', 'far']);
    assert.deepEqual(order([status('near', 'full')]), ['next', 'far', 'near']);
    assert.deepEqual(order([status('near', 'busy')]), ['next', 'near', 'far']);
  });

  test('one that is for mothers, or minds, alone comes after a general one', () => {
    const maternity = known.map((one) => (one.key === 'near' ? { ...one, special: 'mother_and_child' } : one));
    assert.deepEqual(listed(maternity, HERE, () => null, [], NOW).map((one) => one.key), ['next', 'near', 'far']);
  });

  test('what was said long ago orders nothing, and is told as old', () => {
    const rows = [status('near', 'full', OLD_S + 1)];
    assert.deepEqual(order(rows), ['near', 'next', 'far']);
    assert.equal(listed(known, HERE, () => rows[0] ?? null, [], NOW)[0]?.is_old, true);
  });

  test('patients are spread: who is on the way to one counts', () => {
    const bound = (key: string): Assignment => assignment('AMB01', 'transporting', {}, { destination: key });
    const two = [incident(bound('near'), assignment('AMB02', 'at_hospital', {}, { destination: 'near' }), assignment('AMB03', 'departed', {}, { destination: 'near' }))];
    assert.equal(inboundOf(two).get('near'), 2);
    assert.deepEqual(order([], two), ['next', 'near', 'far']);
    assert.equal(inboundOf([incident(assignment('AMB01', 'transporting', {}, { destination: 'near', open: false }))]).size, 0);
  });

  test('a degree of latitude is 111 km', () => {
    assert.ok(Math.abs(metresBetween({ lat: -7, lon: 110 }, { lat: -6, lon: 110 }) - 111_195) < 200);
  });
});

test('units sent together are one wave, whoever was released is in none', () => {
  const sent = (unit: string, seconds: number, more: Partial<Assignment> = {}): Assignment => assignment(unit, 'departed', { assigned: at(seconds) }, more);
  const waves = wavesOf([sent('C', 700), sent('A', 0), sent('B', 170), sent('X', 20, { released: true }), sent('D', 720)]);
  assert.deepEqual(waves.map((wave) => wave.units.map((one) => one.unit)), [['A', 'B'], ['C', 'D']]);
  assert.equal(waves[1]?.at, at(700));
});

describe('a promise that is broken', () => {
  const promise = { depart_by: at(60), arrive_from: at(300), arrive_to: at(400), travel_source: 'road' };
  const told = (unit: string, seconds: number) => ({ unit, promise, at: at(seconds) });
  const gone = assignment('AMB01', 'departed', { assigned: at(0) }, { released: true, open: false, ended_at: at(50) });
  const knows = (...read: ReturnType<typeof told>[]) => ({ told: read, settled: [] });
  const other = assignment('AMB02', 'accepted', { assigned: at(90) });

  test('stays until the caller was told of another unit', () => {
    assert.equal(brokenPromise(incident(gone), knows(told('AMB01', 10))), 'AMB01');
    assert.equal(brokenPromise(incident(gone, other), knows(told('AMB01', 10))), 'AMB01');
    assert.equal(brokenPromise(incident(gone, other), knows(told('AMB02', 100), told('AMB01', 10))), null);
    const settled = { ...told('AMB02', 100), reason: 'link_sent', reason_text: null, by: 'Kentongan' };
    assert.equal(brokenPromise(incident(gone, other), { told: [told('AMB01', 10)], settled: [settled] }), null);
  });

  test('is of the help that was promised: another kind supersedes nothing, and comes in its place only where none is sent', () => {
    const alike = (one: string, two: string) => one.slice(0, 3) === two.slice(0, 3);
    const fire = assignment('DMK01', 'accepted', { assigned: at(5) }, { promise });
    const later = { ...other, promise: { ...promise, arrive_to: at(900) } };
    const twice = knows(told('AMB01', 10), told('DMK01', 100));
    assert.equal(brokenPromise(incident(gone, fire, later), twice, alike), 'AMB01');
    assert.equal(firstInstead(incident(gone, fire, later), 'AMB01', alike)?.unit, 'AMB02');
    assert.equal(firstInstead(incident(gone, fire), 'AMB01', alike)?.unit, 'DMK01');
    assert.equal(brokenPromise(incident(gone, fire), twice, alike), null);
    assert.equal(brokenPromise(incident(gone, other), knows(told('AMB01', 10), told('AMB02', 20)), alike), 'AMB01');
  });

  test('is none when nothing was promised, the unit came, or all is over', () => {
    const came = assignment('AMB01', 'clear', { on_scene: at(200) }, { released: true, open: false });
    assert.equal(brokenPromise(incident(gone), knows()), null);
    assert.equal(brokenPromise(incident(came), knows(told('AMB01', 10))), null);
    assert.equal(brokenPromise({ ...incident(gone), state: 'closed' }, knows(told('AMB01', 10))), null);
  });
});

describe('a promise that changed', () => {
  const promise = (last: number) => ({ depart_by: at(60), arrive_from: at(last - 100), arrive_to: at(last), travel_source: 'road' });
  const told = (last: number, seconds: number) => ({ unit: 'AMB01', promise: promise(last), at: at(seconds) });
  const later = assignment('AMB01', 'departed', { assigned: at(0) }, { promise: promise(600), first_promise: promise(400) });

  const knows = (...read: ReturnType<typeof told>[]) => ({ told: read, settled: [] });

  test('is told to whom another range was read, until the one that counts is', () => {
    assert.equal(slippedPromise(knows(told(400, 10)), later)?.arrive_to, at(400));
    assert.equal(slippedPromise(knows(told(400, 10), told(600, 200)), later), null);
  });

  test('is settled by the link or with a reason, and the next one is to be told again', () => {
    const settled = { ...told(600, 200), reason: 'seen', reason_text: null, by: 'Kentongan' };
    const report = { told: [told(400, 10)], settled: [settled] };
    assert.equal(slippedPromise(report, later), null);
    assert.equal(slippedPromise(report, { ...later, promise: promise(800) })?.arrive_to, at(600));
    assert.equal(slippedPromise({ ...report, told: [told(400, 10), told(800, 300)] }, { ...later, promise: promise(800) }), null);
  });

  test('is no news to whom nothing was read, nor once the unit is there or was taken off', () => {
    assert.equal(slippedPromise(knows(), later), null);
    assert.equal(slippedPromise(undefined, later), null);
    assert.equal(slippedPromise(knows({ ...told(400, 10), unit: 'AMB02' }), later), null);
    assert.equal(slippedPromise(knows(told(400, 10)), { ...later, progress_at: { on_scene: at(300) } }), null);
    assert.equal(slippedPromise(knows(told(400, 10)), { ...later, open: false }), null);
  });
});

test('months of the city begin at its own midnight', () => {
  const months = monthsBack(Date.parse('2026-03-01T17:30:00Z'), 'Asia/Jakarta', 4);
  assert.deepEqual(
    months.map(({ from }) => from),
    ['2026-02-28T17:00:00.000Z', '2026-01-31T17:00:00.000Z', '2025-12-31T17:00:00.000Z', '2025-11-30T17:00:00.000Z'],
  );
  assert.equal(months[0]?.to, '2026-03-31T17:00:00.000Z');
  for (const [n, month] of months.entries()) assert.equal(month.from, months[n + 1]?.to ?? month.from);
});

describe('read aloud', () => {
  const voice = (lang: string, localService: boolean) => ({ lang, localService });
  test('only by a voice of the device itself: nothing of a patient goes to a server', () => {
    assert.equal(ownVoice([voice('id-ID', false)], 'id'), null);
    assert.equal(ownVoice([voice('id-ID', false), voice('id_ID', true)], 'id')?.lang, 'id_ID');
    assert.equal(ownVoice([voice('ms-MY', true), voice('en-US', true)], 'id')?.lang, 'ms-MY');
    assert.equal(ownVoice([voice('id-ID', true), voice('en-GB', true)], 'en')?.lang, 'en-GB');
    assert.equal(ownVoice([voice('fr-FR', true)], 'en'), null);
  });
  test('no sign that a voice would spell', () => {
    assert.equal(spoken(['Tugas baru', '', '“bapak  *tidak* sadar”', '<img>']), 'Tugas baru. bapak tidak sadar. img');
  });
});

describe('units that stand together and say different things', () => {
  const SCENE = { lat: -6.99, lon: 110.42 };
  const metres = (m: number): number => m / 111_200;
  const unit = (key: string, sign: Standing['sign'], incident: string | null = null, off_m = 0, age_s = 0): Standing => ({
    key,
    sign,
    incident,
    where: { lat: SCENE.lat + metres(off_m), lon: SCENE.lon, at: NOW - age_s * 1000 },
  });
  const asked = (...units: Standing[]): readonly (readonly [string, string])[] => [...contradictions(units, NOW)];
  const here = unit('AMB01', 'tiba', 'i1');

  test('who is on the way to where it stands already, or free there, is to be asked', () => {
    assert.deepEqual(asked(here, unit('AMB02', 'menuju', 'i1', 5)), [['AMB02', 'AMB01']]);
    assert.deepEqual(asked(here, unit('AMB03', 'siaga', null, 5)), [['AMB03', 'AMB01']]);
  });

  test('who passes by, works there too, is further off, or was heard of long ago is not', () => {
    assert.deepEqual(asked(here, unit('DMK01', 'menuju', 'i2', 5), unit('DMK02', 'tiba', 'i1', 5), unit('DMK03', 'membawa', 'i1', 5)), []);
    assert.deepEqual(asked(here, unit('AMB02', 'menuju', 'i1', TOGETHER_M + 5), unit('AMB03', 'siaga', null, 5, 40)), []);
    assert.deepEqual(asked(here, { key: 'AMB04', sign: 'siaga', incident: null, where: undefined }), []);
  });

  test('at a post, where nobody has arrived at anything, nobody is asked', () => {
    assert.deepEqual(asked(unit('AMB01', 'siaga'), unit('AMB02', 'menuju', 'i1', 3), unit('AMB03', 'nonaktif', null, 3)), []);
  });
});
