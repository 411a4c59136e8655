/** What the wall says of ALS and of who leads the room. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alsOf, onDutyAs } from '../../web/console/watch/room.ts';
import type { DeskRow, EngagementRow, UnitRow } from '../../web/wire/rows.ts';

const at = (minute: number): string => `2026-11-14T07:${String(minute).padStart(2, '0')}:00.000Z`;

function unit(key: string, more: Partial<UnitRow> = {}): UnitRow {
  return { kind: 'unit', key, position: 1, state: 'available', capabilities: ['als', 'bls'], since: at(1), emergency_at: null, ...more } as UnitRow;
}

test('ALS is none since the last of them left: for an incident, for its own reasons, or in danger', () => {
  const away: Readonly<Record<string, string>> = { AMB01: at(5) };
  const engagement = (key: string): EngagementRow | undefined => (away[key] ? ({ since: away[key] } as EngagementRow) : undefined);
  const bls = unit('AMB09', { capabilities: ['bls'] });
  assert.deepEqual(alsOf([unit('AMB01'), unit('AMB02'), bls], engagement), { free: 1, all: 2, none_since: null });
  assert.deepEqual(alsOf([unit('AMB01'), unit('AMB02', { state: 'out_of_service', since: at(7) }), bls], engagement), { free: 0, all: 2, none_since: at(7) });
  assert.equal(alsOf([unit('AMB01'), unit('AMB02', { emergency_at: at(9) })], engagement)?.none_since, at(9));
  assert.equal(alsOf([bls], engagement), null);
});

test('who leads is who sits at a desk planned for that; where nobody does, who may, at another desk', () => {
  const label = { id: '', en: '' };
  const planned = [
    { key: 'desk_1', label, role: 'call_taker', phone: '' },
    { key: 'dispatch_1', label, role: 'dispatcher', phone: '' },
    { key: 'dispatch_2', label, role: 'dispatcher', phone: '' },
  ];
  const desks = [
    { key: 'dispatch_2', state: 'on_duty', agent_name: 'Tono', roles: ['dispatcher'] },
    { key: 'dispatch_1', state: 'paused', agent_name: 'Budi', roles: ['dispatcher'] },
    { key: 'desk_1', state: 'on_duty', agent_name: 'Rina', roles: ['call_taker', 'dispatcher'] },
  ] as unknown as readonly DeskRow[];
  assert.deepEqual(onDutyAs('dispatcher', desks, planned), ['dispatch_1', 'dispatch_2']);
  assert.deepEqual(onDutyAs('dispatcher', desks.slice(2), planned), ['desk_1']);
  assert.deepEqual(onDutyAs('dispatcher', desks.slice(0, 1).map((desk) => ({ ...desk, state: 'free' as const })), planned), []);
  assert.deepEqual(onDutyAs('supervisor', desks, planned), []);
});
