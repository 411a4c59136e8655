/* Hospitals in the order in which a patient should go there: near, able to take somebody, not already full of ours. Pure. */
import { metresBetween } from '../../ui/metres.ts';
import type { HospitalRow, IncidentRow, Point } from '../../wire/rows.ts';

export interface Listed {
  readonly key: string;
  readonly name: string;
  readonly phones: readonly string[];
  /** What it is for alone, in the city's own word; null for a general hospital. */
  readonly special: string | null;
  /** Straight line from the incident, metres; null without a place. */
  readonly metres: number | null;
  readonly row: HospitalRow | null;
  /** What is known is older than `OLD_S`, or nothing is known. */
  readonly is_old: boolean;
  /** Our units on the way there or handing over now. */
  readonly inbound: number;
}

interface Known {
  readonly key: string;
  readonly name: string;
  readonly point: Point;
  readonly phones: readonly string[];
  readonly emergency_department: boolean;
  readonly special: string | null;
}

/** A status set by hand is worth this long, in seconds: an emergency room turns over in about two hours. */
export const OLD_S = 7_200;

/** A closed or full room counts as so much further away, in metres; a patient of ours on the way as the last figure each.
    Crude on purpose: it puts them below the others and hides none. */
const FULL_M = 20_000;
const BUSY_M = 4_000;
const INBOUND_M = 1_500;
const SPECIAL_M = 5_000;

/** Units that bring somebody to each hospital now, over all incidents. */
export function inboundOf(incidents: readonly IncidentRow[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { assignments } of incidents) {
    for (const { open, destination, progress } of assignments) {
      if (!open || destination === null || (progress !== 'transporting' && progress !== 'at_hospital')) continue;
      found.set(destination, (found.get(destination) ?? 0) + 1);
    }
  }
  return found;
}

export function listed(known: readonly Known[], from: Point | null, rows: (key: string) => HospitalRow | null, incidents: readonly IncidentRow[], now: number): Listed[] {
  const inbound = inboundOf(incidents);
  const all = known
    .filter((one) => one.emergency_department)
    .map((one): Listed => {
      const row = rows(one.key);
      const is_old = row === null || now - Date.parse(row.at) > OLD_S * 1000;
      return { key: one.key, name: one.name, phones: one.phones, special: one.special, metres: from === null ? null : metresBetween(from, one.point), row, is_old, inbound: inbound.get(one.key) ?? 0 };
    });
  return all.sort((a, b) => weight(a) - weight(b) || a.name.localeCompare(b.name));
}

/** An old status orders nothing: it may be wrong in either direction. */
function weight({ metres, row, is_old, inbound, special }: Listed): number {
  const said = is_old ? null : (row?.emergency ?? null);
  const trouble = said === 'full' || said === 'closed' ? FULL_M : said === 'busy' ? BUSY_M : 0;
  return (metres ?? 0) + trouble + inbound * INBOUND_M + (special === null ? 0 : SPECIAL_M);
}
