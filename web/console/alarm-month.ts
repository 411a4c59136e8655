/* The monthly alarm report, as `measure/alarms.py` makes it from the journal. */
import { ask, type Answer } from '../wire/api.ts';
import type { AlarmKind } from '../wire/rows.ts';

export interface AlarmKindMonth {
  readonly kind: AlarmKind;
  readonly code: string;
  readonly raised: number;
  readonly taken_in_time: number;
  /** From being raised to being taken, in seconds. */
  readonly median_s: number | null;
  readonly escalated: number;
  readonly chattering: number;
  readonly untouched: number;
  readonly is_candidate: boolean;
}

export interface AlarmMonth {
  readonly month: string;
  readonly raised: number;
  readonly shares: Readonly<Record<string, number>>;
  readonly kinds: readonly AlarmKindMonth[];
  readonly desks: readonly { readonly desk: string; readonly by_hour: readonly number[] }[];
}

export const HOURS: readonly number[] = Array.from({ length: 24 }, (_, hour) => hour);

export function alarmMonth(month: string): Promise<Answer<AlarmMonth>> {
  return ask('GET', `/api/alarms/months/${encodeURIComponent(month)}`);
}
