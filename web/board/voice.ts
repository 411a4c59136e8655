/* The telephone room as pure functions over rows: who is answered next, what rings here, what this desk hears, whom to
   ring back first. Orders are the switch's own and are only followed here; where it has not spoken yet (its link broke,
   a call is newer than its word), the same rule is applied to what a row tells. */
import { textOf, type CallRow, type Party } from '../wire/rows.ts';

/** Why a caller should be rung back before others, the weightiest first. */
export const RISKS: readonly string[] = ['open_incident', 'breathing', 'cut_in_interview', 'rang_long', 'repeat', 'silent'];

/** Speaks with somebody, or has them on hold. */
export function isLive(call: CallRow): boolean {
  return call.state === 'answered' || call.state === 'held' || call.state === 'calling';
}

/** Waiting calls in the order they will be answered; calls that the order does not name come after, as they rang. */
export function inOrder(calls: readonly CallRow[], order: readonly string[]): CallRow[] {
  const place = new Map(order.map((key, at) => [key, at] as const));
  const at = (call: CallRow): number => place.get(call.key) ?? order.length;
  return [...calls].sort(
    (a, b) =>
      at(a) - at(b) ||
      Number(b.requeued > 0) - Number(a.requeued > 0) ||
      a.line_priority - b.line_priority ||
      a.ring_at.localeCompare(b.ring_at) ||
      a.key.localeCompare(b.key),
  );
}

/** Whether it rings loud at this desk: it was chosen, or nobody was yet and so everybody is asked who is not protected. */
export function ringsHere(call: CallRow, desk: string | null, is_protected = false): boolean {
  if (call.state !== 'offered' && call.state !== 'queued') return false;
  return (call.rung.length === 0 && !is_protected) || (desk !== null && call.rung.includes(desk));
}

/** Whether it was offered to this desk by name, so that it may say "not me". */
export function isOffered(call: CallRow, desk: string | null): boolean {
  return desk !== null && (call.state === 'offered' || call.state === 'queued') && call.rung.includes(desk);
}

/** From the first word of the silent test; the server's `core.call.silent`, which refuses before. */
const LISTENED_MS = 20_000;

/** What keeps it from being a ghost call: nobody tested it, the caller answered, or so many seconds of listening are left;
 *  null when nothing does. */
export function notYetGhost(call: CallRow, now: number): 'untested' | 'answered' | number | null {
  if (call.keys || call.has_written) return 'answered';
  if (call.answered_at === null || (call.ended_by === 'caller' && !call.dropped)) return null;
  if (call.silent_test_at === null) return 'untested';
  const left_ms = Date.parse(call.silent_test_at) + LISTENED_MS - (call.ended_at ? Date.parse(call.ended_at) : now);
  return left_ms > 0 ? Math.ceil(left_ms / 1000) : null;
}

/** This desk as somebody who was asked into the call and has not come yet. */
export function invitation(call: CallRow, desk: string | null): Party | undefined {
  return desk === null ? undefined : call.parties.find((party) => party.desk === desk && party.state === 'invited');
}

/** How a desk takes part in a call: it is its own, it was brought in, or it listens. */
export type Part = 'own' | 'partner' | 'supervisor';

export function partOf(call: CallRow, desk: string): Part | null {
  if (call.desk === desk && isLive(call)) return 'own';
  const is_running = isLive(call) || call.state === 'transferred';
  if (is_running && call.parties.some((party) => party.desk === desk && (party.state === 'joined' || party.state === 'held'))) return 'partner';
  return is_running && call.supervisors.some((one) => one.desk === desk) ? 'supervisor' : null;
}

const LOUDEST: readonly (Part | null)[] = ['own', 'partner', 'supervisor'];

/** The one call whose sound belongs in this desk's ear: its own that is not held, then any of its own, then others. */
export function heardAt(calls: readonly CallRow[], desk: string): CallRow | undefined {
  const rank = (call: CallRow): number => LOUDEST.indexOf(partOf(call, desk)) * 2 + Number(call.state === 'held');
  return calls.filter((call) => partOf(call, desk) !== null).sort((a, b) => rank(a) - rank(b))[0];
}

/** What F2 takes: a call offered to this desk, else the head of the queue. */
export function nextFor(desk: string | null, waiting: readonly CallRow[]): CallRow | undefined {
  return waiting.find((call) => isOffered(call, desk)) ?? waiting[0];
}

/** Callers nobody spoke with to the end, whoever is to be rung back first in front. */
export function inRiskOrder(calls: readonly CallRow[]): CallRow[] {
  const missing = (call: CallRow): string => RISKS.map((risk) => (call.risk.includes(risk) ? '0' : '1')).join('');
  const over = (call: CallRow): string => call.ended_at ?? call.ring_at;
  return [...calls].sort((a, b) => missing(a).localeCompare(missing(b)) || over(a).localeCompare(over(b)) || a.key.localeCompare(b.key));
}

/** How it came that nobody spoke with the caller to the end: they had spoken, were never put through, or gave up. */
export function endOf(call: CallRow): 'cut_off' | 'failed' | 'hung_up' {
  if (call.answered_at !== null || call.requeued > 0) return 'cut_off';
  return call.dropped ? 'failed' : 'hung_up';
}

/** Somebody spoke with this caller after all; only what became of it is still to be said. */
export function wasReached(call: CallRow): boolean {
  return call.callbacks.some((one) => one.outcome === 'reached');
}

/** Somebody nobody spoke with to the end, however often they rang: one line, and all of its calls. */
export interface Caller {
  /** The call that is rung back, and that says how far that is. */
  readonly lead: CallRow;
  readonly calls: readonly CallRow[];
  readonly risk: readonly string[];
  readonly latest_at: string;
  /** One of many attempts at once that tell nothing: behind everybody else. */
  readonly in_burst: boolean;
}

const overAt = (call: CallRow): string => call.ended_at ?? call.ring_at;

/** One line for each number, where its first call stands; a call without a number is a line of its own. */
export function byNumber(calls: readonly CallRow[]): Caller[] {
  const found = new Map<string, CallRow[]>();
  for (const call of calls) {
    const number = textOf(call.number);
    const key = number === '' ? call.key : `${number} ${String(call.training)}`;
    const known = found.get(key);
    if (known) known.push(call);
    else found.set(key, [call]);
  }
  return [...found.values()].map((of_one) => {
    const latest_at = of_one.map(overAt).reduce((a, b) => (a > b ? a : b));
    const risk = RISKS.filter((one) => of_one.some((call) => call.risk.includes(one)));
    return { lead: leadOf(of_one, latest_at), calls: of_one, risk, latest_at, in_burst: false };
  });
}

/** The alarm about who hung up begins here, too. */
const HASTY_MS = 5_000;
const BURST_MIN = 8;
const BURST_MS = 60_000;

/** Turned away unread, or hung up within five seconds, and nothing else is known: nobody has taken it up, the room was
 *  asked about the number and knew none (`callback_due_at`), and neither the caller nor the telephone said where it is. */
function tellsNothing(call: CallRow): boolean {
  const is_hasty = call.ended_by === 'caller' && Date.parse(overAt(call)) - Date.parse(call.ring_at) < HASTY_MS;
  const is_known = call.answered_at ?? call.owner ?? (call.keys || call.has_written || call.risk.length > 0 || call.callbacks.length > 0 || isPlaced(call));
  return !is_known && call.callback_due_at !== null && (is_hasty || call.remarks.includes('not_rung'));
}

/** By more than the network, which says something of every call. */
const isPlaced = (call: CallRow): boolean => [call.place, ...call.positions].some((one) => one !== null && one.source !== 'network' && one.source !== 'cell');

/** A machine that dials with ever new numbers fills no list: where more than eight numbers within a minute tell nothing,
 *  they stand behind everybody else. Their order is kept, and nobody is left out. Whoever rang twice, or whose number
 *  stands in another call too (`seen`), is no such number. */
export function burstsLast(callers: readonly Caller[], seen: readonly CallRow[]): Caller[] {
  const numbers = new Set(seen.map((call) => textOf(call.number)));
  const isDull = (one: Caller): boolean => one.calls.length === 1 && tellsNothing(one.lead) && (one.lead.number === null || !numbers.has(textOf(one.lead.number)));
  const dull = callers.filter(isDull).sort((a, b) => a.latest_at.localeCompare(b.latest_at));
  const found = new Set<Caller>();
  dull.slice(BURST_MIN).forEach((last, at) => {
    if (Date.parse(last.latest_at) - Date.parse(dull[at]!.latest_at) <= BURST_MS) dull.slice(at, at + BURST_MIN + 1).forEach((one) => found.add(one));
  });
  return [...callers.filter((one) => !found.has(one)), ...callers.filter((one) => found.has(one)).map((one) => ({ ...one, in_burst: true }))];
}

/** Whoever was reached after the last time needs no more ringing, whoever may not be rung is never, whoever is somebody's
    stays theirs; else the one that is to be rung back first. */
function leadOf(calls: readonly CallRow[], latest_at: string): CallRow {
  const reachedSince = (call: CallRow): boolean => call.callbacks.some((one) => one.outcome === 'reached' && one.at >= latest_at);
  const first = (keep: (call: CallRow) => boolean): CallRow | undefined => calls.find(keep);
  return first(reachedSince) ?? first((call) => call.silent_only) ?? first((call) => call.owner !== null && !wasReached(call)) ?? first((call) => !wasReached(call)) ?? calls[0]!;
}

/** Whom H rings back: the first that may be rung by voice, that nobody else has taken and nobody has reached. */
export function nextCallback(dropped: readonly CallRow[], agent: string | null): CallRow | undefined {
  return dropped.find((call) => call.number !== null && !call.silent_only && !wasReached(call) && (call.owner === null || call.owner === agent));
}

/** Somebody in the call, or on the way there. */
export function isThere(party: Party): boolean {
  return party.state === 'invited' || party.state === 'joined' || party.state === 'held';
}

/** How a MOS sounds, in three words that a person can act on; null when it was not measured. */
export function soundOf(mos: number | null): 'good' | 'fair' | 'bad' | null {
  if (mos === null) return null;
  return mos >= 3.6 ? 'good' : mos >= 3.1 ? 'fair' : 'bad';
}

/** What stands where a caller's number would: a page has none to show, a telephone may hide its own. */
export function unnumbered(call: CallRow): 'call.web' | 'call.withheld' | 'call.no_number' {
  if (call.remarks.includes('web_call')) return 'call.web';
  return call.number_withheld ? 'call.withheld' : 'call.no_number';
}

/** Whether who was just put away is rung back when that is taken back: not without a number, nor where a ring betrays. */
export const mayRingBack = (call: CallRow | null): call is CallRow => call !== null && textOf(call.number) !== '' && !call.silent_only;

/** Whether a call is on the list of those to ring back and not this person's yet: taken first, so that nobody rings twice. */
export const isClaimedFirst = (call: CallRow, me: string | undefined): boolean =>
  call.open && (call.state === 'ended' || call.state === 'abandoned') && call.owner !== me;
