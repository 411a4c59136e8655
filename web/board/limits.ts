/* The city's alarm limits, read once from its plans. Apart from the alarms, so that no page waits for it. */
import type { Priority } from '../wire/rows.ts';
import { DEFAULT_LIMITS, type AlarmLimits } from './alarms.ts';

/** An alarm's limits as the city pack has them: seconds by priority, `any` for the rest. */
export interface PlannedAlarm {
  readonly key: string;
  readonly limits_s: Readonly<Record<string, number>>;
  readonly escalate_s: number | null;
}

/** The city's limits; what its pack does not set keeps the default. */
export function limitsOf(alarms: readonly PlannedAlarm[]): AlarmLimits {
  const planned = new Map(alarms.map((alarm) => [alarm.key, alarm] as const));
  const limit = (key: string, otherwise: number, priority = 'any'): number => {
    const limits = planned.get(key)?.limits_s;
    return limits?.[priority] ?? limits?.['any'] ?? otherwise;
  };
  const wait = (priority: Priority): number | null => planned.get('A-03')?.limits_s[priority] ?? DEFAULT_LIMITS.no_unit_s[priority];
  return {
    call_waiting_s: limit('A-02', DEFAULT_LIMITS.call_waiting_s),
    call_waiting_critical_s: planned.get('A-02')?.escalate_s ?? DEFAULT_LIMITS.call_waiting_critical_s,
    no_unit_s: { P1: wait('P1'), P2: wait('P2'), P3: wait('P3'), P4: wait('P4'), P5: wait('P5'), P0: wait('P0') },
    accept_first_s: limit('A-04', DEFAULT_LIMITS.accept_first_s, 'P1'),
    accept_s: limit('A-04', DEFAULT_LIMITS.accept_s),
    depart_ambulance_s: limit('A-05', DEFAULT_LIMITS.depart_ambulance_s, 'ambulance'),
    depart_s: limit('A-05', DEFAULT_LIMITS.depart_s),
    agency_s: limit('A-07', DEFAULT_LIMITS.agency_s),
    dropped_s: limit('A-08', DEFAULT_LIMITS.dropped_s),
    on_scene_s: limit('A-09', DEFAULT_LIMITS.on_scene_s),
    stale_s: limit('A-10', DEFAULT_LIMITS.stale_s),
  };
}
