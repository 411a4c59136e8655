/* How a unit is drawn: six signs for everything a unit can be doing. The words stay exact; the sign is coarse so that
   it can be told apart on a map at a glance. */
import type { EngagementRow, Progress, UnitRow } from '../wire/rows.ts';

export type UnitSign = 'siaga' | 'menuju' | 'tiba' | 'membawa' | 'nonaktif' | 'darurat';

export const SIGN_OF: Readonly<Record<Progress, UnitSign>> = {
  assigned: 'menuju',
  accepted: 'menuju',
  departed: 'menuju',
  on_scene: 'tiba',
  at_patient: 'tiba',
  transporting: 'membawa',
  at_hospital: 'membawa',
  handed_over: 'membawa',
  clear: 'siaga',
};

/** The sign of a unit: its emergency first, then what it works on, then whether it may be sent. */
export function signOf(unit: UnitRow, engagement: EngagementRow | undefined): UnitSign {
  if (unit.emergency_at !== null) return 'darurat';
  if (engagement && engagement.progress !== 'clear') return SIGN_OF[engagement.progress];
  return unit.state === 'available' ? 'siaga' : 'nonaktif';
}

/** SVG paths on a 12 × 12 grid; `siaga` is a hollow ring, `nonaktif` a cross of strokes. */
export const SIGN_PATHS: Readonly<Record<UnitSign, string>> = {
  siaga: 'M6 2.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6Z',
  menuju: 'M2.2 1.2 10.8 6l-8.6 4.8z',
  tiba: 'M1.8 1.8h8.4v8.4H1.8z',
  membawa: 'M6 .8 11.2 6 6 11.2.8 6z',
  nonaktif: 'm2.4 2.4 7.2 7.2M9.6 2.4 2.4 9.6',
  darurat: 'M6 .6v10.8M1.3 3.3l9.4 5.4M10.7 3.3 1.3 8.7',
};
