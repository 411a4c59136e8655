/* Which one line helps a newcomer now: a pure function of where the person and the call stand. It follows, it never
   holds anybody up. */
import type { Key } from '../../ui/words.ts';

export interface Standing {
  readonly screen: string;
  readonly is_waiting: boolean;
  /** A call has been here before: the next one comes when the person asks for it. */
  readonly has_rung: boolean;
  readonly has_call: boolean;
  readonly field: string;
  readonly has_complaint: boolean;
  readonly has_nature: boolean;
  readonly is_located: boolean;
  readonly is_sent: boolean;
  /** Units are marked and not yet assigned. */
  readonly is_marked: boolean;
  /** A closure is being drawn on the map. */
  readonly is_drawing: boolean;
  /** A unit works on it, or has been there. */
  readonly is_assigned: boolean;
  /** Somebody is on the way by a time that may be read out. */
  readonly has_promise: boolean;
  readonly has_arrived: boolean;
  readonly is_told: boolean;
}

/** The line to show, or null when the whole way was gone. */
export function hintFor(now: Standing): Key | null {
  if (now.is_drawing) return 'first.draw';
  if (!now.has_call) {
    if (!now.is_waiting) return now.has_rung ? 'first.next' : 'first.wait';
    return now.screen === 'calls' ? 'first.answer' : 'first.to_calls';
  }
  if (!now.is_sent) return now.screen === 'calls' ? inInterview(now) : 'first.to_calls';
  if (!now.is_assigned) return now.screen !== 'fleet' ? 'first.to_fleet' : now.is_marked ? 'first.assign' : 'first.mark';
  if (now.is_told) return null;
  if (now.has_promise) return now.screen === 'calls' ? 'first.promise' : 'first.promise_back';
  return now.has_arrived ? null : 'first.unpromised';
}

function inInterview(now: Standing): Key {
  if (now.field === 'name') return 'first.name';
  if (now.field === 'number') return 'first.number';
  if (now.field === 'complaint') return now.has_complaint && !now.has_nature ? 'first.accept' : 'first.complaint';
  if (now.has_nature && now.is_located) return now.field === 'triage' ? 'first.triage' : 'first.send';
  return now.field === 'nature' ? 'first.accept' : 'first.place';
}
