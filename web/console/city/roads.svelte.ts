/* Closed roads and words for places: whether the dialog is open, and the closure that is being written. It survives the
   dialog, which closes while somebody draws on the map. */
import { act } from '../../board/act.svelte.ts';
import { board } from '../../board/board.svelte.ts';
import { serverClock } from '../../board/clock.svelte.ts';
import { draw } from '../../map/draw.svelte.ts';
import type { DrawnKind } from '../../map/drawing.ts';
import { isPlanned } from '../../map/features.ts';
import { moment } from '../../map/words.ts';
import { t, toldRefusal, words as said_in } from '../../ui/i18n.svelte.ts';
import { notices } from '../../ui/notices.svelte.ts';
import { commandId, type Accepted, type Answer } from '../../wire/api.ts';
import { personal, type ClosureSaid } from '../../wire/commands.ts';
import { naming } from '../../wire/naming.ts';
import type { PlaceProposal } from '../../wire/plans.ts';
import { textOf, type ClosureRow, type Shape } from '../../wire/rows.ts';
import { readTimes, typedInstant } from './closure-times.ts';
import { typedAgain, typedShape } from './typed-shape.ts';

export type Effect = 'closed' | 'flood' | 'slow';
export type Page = 'closures' | 'names';

export const REASONS = ['flood', 'tidal_flood', 'accident', 'fallen_tree', 'fire', 'landslide', 'road_works', 'event'] as const;
/** Hours a closure may be written for; 0 holds until somebody lifts it. */
export const HOURS: readonly number[] = [0, 1, 2, 3, 6, 12, 24, 72];
const PROFILES = ['ambulance', 'fire_engine', 'motorcycle', 'police_car', 'plain'] as const;
const DEPTH_CM = 40;

/** A closure being written. */
class Draft {
  /** The closure that is changed; null for a new one. */
  of = $state<string | null>(null);
  where = $state('');
  label = $state('');
  is_area = $state(true);
  effect = $state<Effect>('flood');
  depth_cm = $state(DEPTH_CM);
  slower = $state(3);
  direction = $state<ClosureRow['direction']>('both');
  reason = $state<string>('flood');
  words = $state('');
  /** From a day and an hour, and not from now. */
  is_later = $state(false);
  day = $state('');
  hour = $state('');
  /** Null keeps the end as it was. */
  hours = $state<number | null>(0);

  readonly typed = $derived(typedShape(this.where, this.is_area));

  /** From when until when; null while the day or the hour cannot be read. */
  times(now: number): ReturnType<typeof readTimes> {
    const before = this.of === null ? undefined : board.closure.get(this.of)?.row;
    return readTimes({ begins: this.is_later ? this : null, hours: this.hours }, before, now, said_in.zone);
  }

  clear(where = ''): void {
    Object.assign(this, { of: null, where, label: '', is_area: true, effect: 'flood', depth_cm: DEPTH_CM, slower: 3, direction: 'both', reason: 'flood', words: '', is_later: false, ...typedInstant(serverClock.now(), said_in.zone), hours: 0 });
  }

  fill(row: ClosureRow): void {
    const words = textOf(row.reason_text);
    Object.assign(this, {
      of: row.key,
      where: typedAgain(row.geometry),
      label: textOf(row.label),
      is_area: row.geometry.type !== 'LineString',
      effect: effectOf(row),
      depth_cm: row.depth_cm ?? DEPTH_CM,
      slower: Object.values(row.factors)[0] || 3,
      direction: row.direction,
      reason: row.reason === 'text' ? '' : row.reason,
      words,
      is_later: isPlanned(row, serverClock.now()),
      ...typedInstant(row.from_at ? Date.parse(row.from_at) : serverClock.now(), said_in.zone),
      hours: null,
    });
  }

  /** What the door is asked, once there is a shape. */
  said(shape: Shape, times: Pick<ClosureSaid, 'from_at' | 'until_at'>): ClosureSaid {
    return {
      closure: this.of ?? commandId(),
      geometry: shape,
      reason: this.words.trim() || this.reason,
      direction: shape.type === 'LineString' ? this.direction : 'both',
      ...(this.label.trim() === '' ? {} : { label: personal(this.label.trim()) }),
      ...(this.effect === 'flood' ? { depth_cm: Math.round(this.depth_cm) } : {}),
      ...(this.effect === 'slow' ? { factors: Object.fromEntries(PROFILES.map((profile) => [profile, this.slower])) } : {}),
      ...times,
    };
  }
}

/** What a closure does. */
export function effectOf(row: ClosureRow): Effect {
  if (row.depth_cm !== null) return 'flood';
  return Object.values(row.factors).some((factor) => factor > 0) ? 'slow' : 'closed';
}

class Roads {
  is_open = $state(false);
  page = $state<Page>('closures');
  is_writing = $state(false);
  chosen = $state<string | null>(null);
  /** Why the server did not take the last closure, in words: the notices lie behind the dialog. */
  refused = $state('');
  readonly draft = new Draft();

  get may_close(): boolean {
    return board.me?.roles.some((role) => role === 'dispatcher' || role === 'supervisor') ?? false;
  }

  /** Those in force, the newest first, then those that begin later, the next one first. */
  known(now = serverClock.now()): ClosureRow[] {
    const rows = board.closure.list((row) => row.lifted_at === null, (a, b) => b.closed_at.localeCompare(a.closed_at)).map((live) => live.row);
    const planned = rows.filter((row) => isPlanned(row, now)).sort((a, b) => Date.parse(a.from_at ?? '') - Date.parse(b.from_at ?? ''));
    return [...rows.filter((row) => !isPlanned(row, now)), ...planned];
  }

  open(page: Page = 'closures'): void {
    this.turn(page);
    this.leave();
    this.is_open = true;
  }

  turn(page: Page): void {
    this.page = page;
    this.refused = '';
  }

  /** Back to the list. */
  leave(): void {
    this.is_writing = false;
    this.refused = '';
  }

  /** A new closure, with what was typed so far. */
  write(where = ''): void {
    this.draft.clear(where);
    this.turn('closures');
    this.is_writing = this.may_close;
    this.is_open = true;
  }

  change(row: ClosureRow): void {
    this.draft.fill(row);
    this.refused = '';
    this.is_writing = this.may_close;
  }

  /** Takes a place that was proposed: a street as its own lines, anything else and an unknown line as a point. */
  async take(one: PlaceProposal): Promise<void> {
    const { draft } = this;
    draft.label = one.label;
    const asked = one.kind === 'street' ? await naming.street(one.key, one.label, one.point) : null;
    if (draft.label !== one.label) return;
    const lines = asked?.outcome === 'done' ? asked.value.lines.map((line) => line.map(([lat, lon]): [number, number] => [lon, lat])) : [];
    const [only] = lines;
    if (only && lines.length === 1) draft.where = typedAgain({ type: 'LineString', coordinates: only });
    else draft.where = typedAgain(only ? { type: 'MultiLineString', coordinates: lines } : { type: 'Point', coordinates: [one.point.lon, one.point.lat] });
    if (only) draft.is_area = false;
    else if (asked) notices.warn(t('roads.no_line', { where: one.label }));
  }

  /** Lets it be drawn on the map; the dialog steps aside meanwhile. */
  async draw(kind: DrawnKind): Promise<void> {
    this.is_open = false;
    const shape = await draw.ask(kind);
    if (shape) {
      this.draft.where = typedAgain(shape);
      this.draft.is_area = kind === 'polygon';
    }
    this.is_open = true;
  }

  /** Sends what was written. */
  async send(): Promise<void> {
    const { draft } = this;
    const times = draft.times(serverClock.now());
    if (draft.typed.kind !== 'shape' || times === null) return;
    const is_known = draft.of !== null && board.closure.get(draft.of) !== undefined;
    const said = draft.said(draft.typed.shape, times);
    const where = draft.label.trim();
    const from = times.from_at ?? null;
    const done = from !== null && isPlanned({ from_at: from }, serverClock.now()) ? t('roads.planned_done', { where, time: moment(from, serverClock.now()) }) : t(is_known ? 'roads.changed' : 'roads.closed', { where });
    const answer = await act({ type: is_known ? 'closure.change' : 'closure.close', ...said }, { done, row: said.closure, quiet: true });
    this.#hear(answer);
    if (answer.outcome !== 'done') return;
    this.chosen = said.closure;
    this.is_writing = false;
  }

  /** Opens the roads again; taking that back closes them anew, under a new id. */
  async lift(row: ClosureRow): Promise<boolean> {
    const label = textOf(row.label);
    const again = (): ClosureSaid => ({
      closure: commandId(),
      geometry: row.geometry,
      reason: textOf(row.reason_text) || row.reason,
      direction: row.direction,
      factors: row.factors,
      ...(label === '' ? {} : { label: personal(label) }),
      ...(row.depth_cm === null ? {} : { depth_cm: row.depth_cm }),
      ...(row.from_at === null ? {} : { from_at: row.from_at }),
      ...(row.until_at === null ? {} : { until_at: row.until_at }),
    });
    const answer = await act({ type: 'closure.lift', closure: row.key }, { done: t('roads.lifted', { where: label }), row: row.key, quiet: this.is_open, undo: () => ({ type: 'closure.close', ...again() }) });
    this.#hear(answer);
    return answer.outcome === 'done';
  }

  #hear(answer: Answer<Accepted>): void {
    this.refused = answer.outcome === 'refused' ? toldRefusal(answer.refusal) : '';
  }
}

export const roads = new Roads();
