/* The task in hand, kept on the device for a reload without a network: a crew on its way must never read "no task". It is
   kept while the task lasts and forgotten with it, or when somebody else signs in here. The city's names are kept beside
   it: the hospitals to choose from, what a category is called. */
import { board } from '../board/board.svelte.ts';
import { city } from '../board/plans.svelte.ts';
import { serverClock } from '../board/clock.svelte.ts';
import type { Row } from '../wire/rows.ts';
import type { Me, Session } from '../wire/types.ts';
import { readAgain, written } from './session-kept.ts';

const SESSION = 'kentongan.crew';
const STORE = 'kentongan.crew.task';
const NAMES = 'kentongan.crew.names';

interface Kept {
  readonly agent: string;
  /** When the server said it, by its clock, milliseconds. */
  readonly at: number;
  readonly rows: readonly Row[];
}

/** Keeps whose device this is; call it once the clock has taken the session's time. */
export function remember(session: Session): void {
  localStorage.setItem(SESSION, written(session, serverClock.skew_ms));
}

export function remembered(): Session | null {
  return readAgain(localStorage.getItem(SESSION), Date.now());
}

/** The rows of this unit's task; none while it has no task. */
function rowsOf(unit: string): readonly Row[] {
  const engagement = board.engagement.get(unit)?.row;
  const incident = board.incident.get(engagement?.incident)?.row;
  const own = board.unit.get(unit)?.row;
  if (!engagement || !incident || !own) return [];
  const reports = incident.reports.map((key) => board.report.get(key)?.row).filter((row) => row !== undefined);
  return [own, engagement, incident, ...reports];
}

/** Shows what was kept for this person, frozen at its time, until the server answers. */
export function recall(me: Me): void {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? 'null') as Kept | null;
    if (kept === null || board.is_filled) return;
    if (kept.agent !== me.id) return localStorage.removeItem(STORE);
    board.replace(kept.rows, me);
    board.frozen_at = kept.at;
    city.plans ??= JSON.parse(localStorage.getItem(NAMES) ?? 'null') as typeof city.plans;
  } catch {
    localStorage.removeItem(STORE);
  }
}

/** Keeps the task from now on, as the server last told it. */
export function keep(): void {
  $effect.root(() => {
    $effect(() => {
      if (city.plans) localStorage.setItem(NAMES, JSON.stringify({ ...city.plans, protocols: [] }));
    });
    $effect(() => {
      const { me } = board;
      if (!board.is_live || !board.is_filled || !me?.unit) return;
      const rows = rowsOf(me.unit);
      if (rows.length === 0) localStorage.removeItem(STORE);
      else localStorage.setItem(STORE, JSON.stringify({ agent: me.id, at: serverClock.now(), rows } satisfies Kept));
    });
  });
}
