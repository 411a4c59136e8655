/* The alarms of this desk: what stands, what this desk took, what it muted, and the sound that belongs to it. Computed
   once a second, and kept as the same list while nothing changed. */
import { sounds, type Earcon } from '../phone/sounds.ts';
import { alarmsOf, concerns, DEFAULT_LIMITS, type Alarm, type AlarmLimits, type Grade } from './alarms.ts';
import { board } from './board.svelte.ts';
import { clock } from './clock.svelte.ts';
import { isWaitingCall } from './figures.ts';
import { health } from './health.svelte.ts';
import { heardAt, invitation, ringsHere } from './voice.ts';

/** Senyap: this desk only. */
export const MUTE_S = 30;

/** An obligation is listed so long before it becomes an alarm. */
export const SOON_S = 60;

function same(a: readonly Alarm[], b: readonly Alarm[]): boolean {
  return a.length === b.length && a.every((alarm, at) => alarm.key === b[at]?.key && alarm.grade === b[at]?.grade);
}

const SOUND_OF: Readonly<Partial<Record<Grade, Earcon>>> = { panic: 'panic', critical: 'alarm_critical', high: 'alarm_high' };

class Alarms {
  limits = $state.raw<AlarmLimits>(DEFAULT_LIMITS);
  standing = $state.raw<readonly Alarm[]>([]);
  /** What stands, and what will within the next minute if nobody acts. */
  soon = $state.raw<readonly Alarm[]>([]);
  taken = $state.raw<ReadonlySet<string>>(new Set());
  muted_until = $state(0);
  /** Where this window sits: what rings there is loud, what rings elsewhere is only seen. */
  desk: string | null = null;

  get unowned(): readonly Alarm[] {
    return this.standing.filter((alarm) => !this.taken.has(alarm.key));
  }

  get highest(): Alarm | null {
    return this.unowned[0] ?? null;
  }

  get muted_s(): number {
    return Math.max(0, Math.ceil((this.muted_until - clock.now) / 1000));
  }

  /** Ambil: mine. The sound stops here, its countdown keeps running. */
  take(alarm: Alarm): void {
    this.taken = new Set([...this.taken, alarm.key]);
    this.sound();
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
    const { call, incident, unit, engagement, agency, where } = board;
    const rows = <R>(live: { row: R }[]): R[] => live.map((entry) => entry.row);
    const situation = {
      calls: rows(call.all()),
      incidents: rows(incident.all()),
      units: rows(unit.all()),
      engagements: rows(engagement.all()),
      agencies: rows(agency.all()),
      fix_at: (key: string) => where.of.get(key)?.at ?? null,
      troubles: health.troubles,
    };
    const mine = (alarm: Alarm): boolean => board.me !== null && concerns(board.me, alarm);
    const found = alarmsOf(situation, now, this.limits).filter(mine);
    if (!same(found, this.standing)) this.standing = found;
    const coming = alarmsOf(situation, now + SOON_S * 1000, this.limits).filter(mine);
    if (!same(coming, this.soon)) this.soon = coming;
    const keys = new Set(found.map((alarm) => alarm.key));
    if ([...this.taken].some((key) => !keys.has(key))) this.taken = new Set([...this.taken].filter((key) => keys.has(key)));
    this.sound();
  }

  sound(): void {
    const due = new Set<Earcon>();
    for (const alarm of this.unowned) {
      const earcon = alarm.kind === 'call_waiting' ? undefined : SOUND_OF[alarm.grade];
      if (earcon) due.add(earcon);
    }
    const calls = board.call.all().map((live) => live.row);
    const is_busy = this.desk !== null && heardAt(calls, this.desk) !== undefined;
    const is_protected = this.desk !== null && (board.desk.get(this.desk)?.row.protected ?? false);
    const is_late = !is_protected && this.unowned.some((alarm) => alarm.kind === 'call_waiting' && (!is_busy || alarm.grade === 'critical'));
    if (calls.some((call) => invitation(call, this.desk) || (isWaitingCall(call) && ((this.#takes_calls && ringsHere(call, this.desk, is_protected)) || is_late)))) due.add('call');
    sounds.want(due);
  }
}

export const alarms = new Alarms();
