/* The alarms of this desk: those of the board that are this person's business, what this desk muted, and the sound that
   belongs to it. Who has an alarm is on the board; a desk's own silence is not. */
import { sounds, type Earcon } from '../phone/sounds.ts';
import { t } from '../ui/i18n.svelte.ts';
import type { AlarmRow, Grade } from '../wire/rows.ts';
import { act } from './act.svelte.ts';
import { concerns, DEFAULT_LIMITS, inOrder, isShelved, type AlarmLimits } from './alarms.ts';
import { board } from './board.svelte.ts';
import { clock } from './clock.svelte.ts';
import { isWaitingCall } from './figures.ts';
import { heardAt, invitation, ringsHere } from './voice.ts';

/** Senyap: this desk only. */
export const MUTE_S = 30;

function same(a: readonly AlarmRow[], b: readonly AlarmRow[]): boolean {
  return a.length === b.length && a.every((alarm, at) => alarm === b[at]);
}

const SOUND_OF: Readonly<Partial<Record<Grade, Earcon>>> = { panic: 'panic', critical: 'alarm_critical', high: 'alarm_high' };

class Alarms {
  limits = $state.raw<AlarmLimits>(DEFAULT_LIMITS);
  /** What stands and is this person's business, but for what was put aside. */
  standing = $state.raw<readonly AlarmRow[]>([]);
  muted_until = $state(0);
  /** Where this window sits: what rings there is loud, what rings elsewhere is only seen. */
  desk: string | null = null;

  get unowned(): readonly AlarmRow[] {
    return this.standing.filter((alarm) => alarm.owner === null);
  }

  get highest(): AlarmRow | null {
    return this.unowned[0] ?? null;
  }

  get muted_s(): number {
    return Math.max(0, Math.ceil((this.muted_until - clock.now) / 1000));
  }

  /** Too many new ones at this desk: they are read by cause. */
  get is_flooded(): boolean {
    return board.alarm.list((alarm) => alarm.alarm_kind === 'alarm_flood' && alarm.desk === this.desk).length > 0;
  }

  /** A crew in danger is the room's: no officer makes it silent there (`core.access`). */
  mayTake(alarm: AlarmRow): boolean {
    return alarm.alarm_kind !== 'crew_emergency' || board.me?.roles.some((role) => role !== 'agency_officer') === true;
  }

  /** Ambil: mine. The sound stops for everybody, its countdown keeps running with my name. */
  take(alarm: AlarmRow): void {
    void act({ type: 'alarm.take', alarm: alarm.key }, { row: alarm.key, done: t('alarm.took'), undo: () => ({ type: 'alarm.leave', alarm: alarm.key }) });
  }

  /** Senyap: quiet at this desk for 30 s; the alarm stays unowned. */
  mute(): void {
    this.muted_until = clock.now + MUTE_S * 1000;
    sounds.mute(MUTE_S);
  }

  /** A desk that was chosen rings whoever sits there; without a desk the room's ring is for those who answer. */
  get #takes_calls(): boolean {
    return this.desk !== null || (board.me?.roles.some((role) => role === 'call_taker' || role === 'supervisor') ?? false);
  }

  look(now: number): void {
    const { me } = board;
    const found = board.alarm.list((alarm) => me !== null && concerns(me, alarm) && !isShelved(alarm, now), inOrder).map((live) => live.row);
    if (!same(found, this.standing)) this.standing = found;
    this.sound();
  }

  sound(): void {
    const due = new Set<Earcon>();
    for (const alarm of this.unowned) {
      const earcon = alarm.alarm_kind === 'call_waiting' ? undefined : SOUND_OF[alarm.grade];
      if (earcon) due.add(earcon);
    }
    const calls = board.call.all().map((live) => live.row);
    const is_busy = this.desk !== null && heardAt(calls, this.desk) !== undefined;
    const is_protected = this.desk !== null && (board.desk.get(this.desk)?.row.protected ?? false);
    const is_late = !is_protected && this.unowned.some((alarm) => alarm.alarm_kind === 'call_waiting' && (!is_busy || alarm.grade === 'critical'));
    if (calls.some((call) => invitation(call, this.desk) || (isWaitingCall(call) && ((this.#takes_calls && ringsHere(call, this.desk, is_protected)) || is_late)))) due.add('call');
    sounds.want(due);
  }
}

export const alarms = new Alarms();
