/* What this desk does with the call in hand beside the interview: others brought in, keys, a replay, lines typed. Every
   act goes to the door; what is shown comes back with the row. */
import { act } from '../../board/act.svelte.ts';
import { board } from '../../board/board.svelte.ts';
import { clock, serverClock } from '../../board/clock.svelte.ts';
import { Once } from '../../board/once.ts';
import { city } from '../../board/plans.svelte.ts';
import { isClaimedFirst, mayRingBack } from '../../board/voice.ts';
import { show, t, told, toldRefusal } from '../../ui/i18n.svelte.ts';
import { notices } from '../../ui/notices.svelte.ts';
import type { Answer } from '../../wire/api.ts';
import { personal } from '../../wire/commands.ts';
import { textOf, type CallRow, type Party } from '../../wire/rows.ts';
import { voice, type Contact } from '../../wire/voice.ts';
import { duty } from '../duty.svelte.ts';
import type { Choice } from './contacts.ts';

/** What a replay gives, in seconds: as much as the centre keeps at hand. */
export const REPLAY_S = 60;

export type Way = 'conference' | 'consult' | 'blind';

class Control {
  /** The palette of people to bring in. */
  is_choosing = $state(false);
  has_pad = $state(false);
  has_text = $state(false);
  /** Until when the replay runs, by the server's clock; null when none does. */
  replay_until = $state<number | null>(null);
  contacts = $state.raw<readonly Contact[]>([]);
  #asked = false;

  /** Reads the directory once. */
  async wantContacts(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    const answer = await voice.directory();
    if (answer.outcome === 'done') this.contacts = answer.value;
    else this.#asked = false;
  }

  /** Who somebody is, in words. */
  nameOf(party: Party): string {
    if (party.desk !== null) return `${city.desk(party.desk)}${party.agent_name ? ` · ${party.agent_name}` : ''}`;
    const contact = this.contacts.find((one) => one.key === party.contact);
    if (contact) return city.say(contact.label);
    const agency = party.contact === null ? undefined : city.agency(party.contact);
    if (agency) return agency.short;
    return city.desk(party.contact) || show.phone(textOf(party.number));
  }

  /** Rings somebody into the call. To consult, the caller is held first; a blind transfer leaves at once. */
  async invite(call: CallRow, choice: Choice, way: Way): Promise<void> {
    const party = crypto.randomUUID();
    if (way === 'consult' && call.state === 'answered') {
      if ((await act({ type: 'call.hold', call: call.key }, { row: call.key })).outcome !== 'done') return;
    }
    const target = choice.desk !== undefined ? { desk: choice.desk } : choice.contact !== undefined ? { contact: choice.contact } : { number: personal(choice.number ?? '') };
    const blind = way === 'blind';
    await act({ type: 'call.invite_party', call: call.key, party, kind: choice.kind, ...target, blind }, { done: t(blind ? 'party.transferred' : 'party.ringing', { name: choice.name }), row: call.key });
  }

  /** The call is theirs: another desk gets it, anybody else goes on with the caller alone. */
  async handOver(call: CallRow, party: Party): Promise<void> {
    const done = t('party.transferred', { name: this.nameOf(party) });
    if (party.desk !== null) await act({ type: 'call.pass', call: call.key, desk: party.desk }, { done, row: call.key });
    else await act({ type: 'call.transfer', call: call.key, party: party.party, blind: false }, { done, row: call.key });
  }

  async drop(call: CallRow, party: Party): Promise<void> {
    await act({ type: 'call.drop_party', call: call.key, party: party.party }, { row: call.key });
  }

  async holdParty(call: CallRow, party: Party): Promise<void> {
    await act({ type: party.state === 'held' ? 'call.resume_party' : 'call.hold_party', call: call.key, party: party.party }, { row: call.key });
  }

  /** Caller and everybody who is there talk together. */
  async together(call: CallRow): Promise<void> {
    if (call.state === 'held') await act({ type: 'call.resume', call: call.key }, { row: call.key });
    for (const party of call.parties) if (party.state === 'held') await this.holdParty(call, party);
  }

  async prompt(call: CallRow): Promise<void> {
    await act({ type: 'call.prompt', call: call.key }, { done: t('call.prompted'), row: call.key });
  }

  async press(call: CallRow, keys: string, party: string | null): Promise<void> {
    this.#tell(await voice.digits(call.key, keys, party));
  }

  /** Plays the last minute to this desk alone, or stops it. */
  async replay(call: CallRow): Promise<void> {
    const seconds = this.is_replaying ? 0 : REPLAY_S;
    if (!this.#tell(await voice.replay(call.key, seconds))) return;
    const spoken_s = (serverClock.now() - Date.parse(call.answered_at ?? call.ring_at)) / 1000;
    this.replay_until = seconds === 0 ? null : serverClock.now() + Math.min(REPLAY_S, spoken_s) * 1000;
  }

  /** By the clock that the key's own words follow: while they say that it ends a replay, it does not begin another. */
  get is_replaying(): boolean {
    return this.replay_until !== null && this.replay_until > clock.now;
  }

  /** A new call is in hand, or none: what belonged to the last one is put away. */
  clear(): void {
    this.is_choosing = this.has_pad = this.has_text = false;
    this.replay_until = null;
  }

  #tell(answer: Answer<unknown>): boolean {
    if (answer.outcome === 'done') return true;
    notices.warn(answer.refusal ? toldRefusal(answer.refusal) : t('act.away'));
    return false;
  }
}

export const control = new Control();

const once = new Once<boolean>();

/** Rings a caller back whom nobody spoke with to the end. Claimed first, so that nobody rings them twice. */
export function ringBack(call: CallRow): Promise<boolean> {
  return once.run(call.key, () => claimAndRing(call));
}

async function claimAndRing(call: CallRow): Promise<boolean> {
  if (duty.desk === null) {
    notices.warn(t('callback.no_desk'));
    return false;
  }
  if (call.silent_only) {
    notices.warn(t('callback.never'));
    return false;
  }
  if (isClaimedFirst(call, board.me?.id) && (await act({ type: 'call.claim', call: call.key }, { row: call.key })).outcome !== 'done') return false;
  const placed = await act(
    { type: 'call.call_back', call: `out-${crypto.randomUUID()}`, of: call.key, number: personal(''), line: call.line, trunk: '', desk: duty.desk },
    { done: t('callback.ringing', { number: textOf(call.number) ? show.phone(textOf(call.number)) : told('call.no_number') }), row: call.key },
  );
  return placed.outcome === 'done';
}

/** Says what the call was; who was put away by it is rung back when that is taken back. Where nobody can be, nothing can be
 *  taken back: no order before it either. */
export function tellEnded(what: string, call: CallRow | null): void {
  if (!mayRingBack(call)) notices.done(t('calls.disposed', { what }), null);
  else notices.done(t('calls.disposed_live', { what }), async () => void (await ringBack(board.call.get(call.key)?.row ?? call)));
}

/** The writing is done: the next call may ring here. */
export async function endWrapUp(): Promise<void> {
  const { desk } = duty;
  if (desk !== null && board.desk.get(desk)?.row.state === 'wrap_up') await act({ type: 'desk.end_wrap_up', desk }, { quiet: true });
}
