/* Why a key does not work just now, by what it does: for the list of keys, which names all of the screen. */
import type { Key } from '../ui/words.ts';

const NEEDS = {
  'needs.call': ['key.end', 'key.hold', 'key.mute', 'key.texts', 'key.location_link', 'phone.to_desk_phone'],
  'needs.own_call': ['key.party', 'key.prompt', 'key.replay', 'key.pad'],
  'needs.party': ['key.hand_over'],
  'needs.interview': ['key.send_complete', 'key.send_now', 'disposition.ghost', 'disposition.prank', 'disposition.information', 'disposition.wrong_number', 'disposition.test'],
  'needs.fast_lane': ['interview.leave_lane'],
  'needs.waiting': ['key.answer'],
  'needs.over': ['call.finish', 'key.without_call'],
  'needs.dropped': ['key.ring_back'],
  'needs.duplicate': ['key.join'],
  'needs.joined': ['calls.separate'],
  'needs.alarm': ['key.alarm_take'],
  'needs.undo': ['key.undo'],
  'needs.role': ['key.roads', 'late.open'],
  'needs.unit': ['key.unit_state', 'key.look_at_unit'],
  'needs.place': ['key.look_at_incident'],
  'needs.moves': ['key.settle'],
  'needs.incident': ['key.call_reporter'],
} as const satisfies Partial<Record<Key, readonly Key[]>>;

/** What must be so before the key does that; `may`: keys of its kind are on at this workstation. */
export function needOf(label: Key, may = true): Key {
  if (!may) return 'needs.letters';
  const found = Object.entries(NEEDS).find(([, labels]) => (labels as readonly Key[]).includes(label));
  return (found?.[0] as Key | undefined) ?? 'needs.other';
}
