/* The local queue of this window: kept over a reload, shown in the strip, sent as soon as the link is back. A chunk of its
   own, loaded at the start of duty: when the link is down nothing can be. */
import { act_queue } from '../board/act.svelte.ts';
import { board } from '../board/board.svelte.ts';
import { CommandQueue, type Kept, type Person } from '../board/command-queue.ts';
import { whenLate } from '../board/late.ts';
import { based } from '../board/seen.ts';
import { unconfirmed } from '../board/unconfirmed.svelte.ts';
import { api, type Accepted } from '../wire/api.ts';
import { t, told, toldRefusal } from '../ui/i18n.svelte.ts';
import { notices } from '../ui/notices.svelte.ts';

const STORE = 'kentongan.kept';
/** Between two attempts, in milliseconds. */
const AGAIN_MS = 1_000;

/** Keep and send until the returned function is called. */
export function keepCommands(me: Person): () => void {
  const queue: CommandQueue = new CommandQueue(me, restore(), (all) => {
    act_queue.waiting = queue.kept.length;
    write(all);
  });
  act_queue.waiting = queue.kept.length;
  if (queue.others.length > 0) notices.warn(t('kept.others', { what: queue.others.map(inWordsOf).join('; ') }));
  act_queue.sent = (answer) => whenLate(answer, (by) => (unconfirmed.count += by));
  act_queue.takes = (command) => queue.takes(command);
  act_queue.begin = (id, command) => {
    const was_tried = board.status !== 'lost';
    const settle = queue.begin(id, command, Date.now());
    return (is_away, back) => {
      const waits = settle(is_away, was_tried);
      if (waits) notices.done(t('kept.waits'), () => takeBack(queue, id, back));
      return waits;
    };
  };
  act_queue.based = (command) => based(command, (incident) => board.incident.get(incident)?.row.position);
  act_queue.warned = warned;
  act_queue.forget = () => queue.clear();
  let is_sending = false;
  const timer = setInterval(() => {
    if (is_sending || !board.is_live || queue.kept.length === 0) return;
    is_sending = true;
    void send(queue).finally(() => (is_sending = false));
  }, AGAIN_MS);
  return () => {
    clearInterval(timer);
    for (const hook of ['sent', 'begin', 'takes', 'based', 'warned'] as const) delete act_queue[hook];
  };
}

/** One that was never sent is not; one that the centre may have is taken back as if there had been no outage, behind it. */
async function takeBack(queue: CommandQueue, id: string, back?: () => Promise<void>): Promise<void> {
  if (queue.takeBack(id)) notices.done(t('act.undone'));
  else if (back) await back();
  else notices.warn(t('act.no_undo', { what: t('kept.waits') }));
}

async function send(queue: CommandQueue): Promise<void> {
  const round = await queue.drain((kept, age_s) => api.command({ id: kept.id, command: kept.command, age_s, agent: kept.agent }), Date.now);
  if (round.beside) notices.warn(t('variant.kept'));
  else if (round.done > 0) notices.done(t('kept.sent', { n: round.done }));
  if (round.refused.length > 0) notices.warn(t('kept.refused', { why: round.refused.map(toldRefusal).join('; ') }));
  if (round.too_old.length > 0) notices.warn(t('kept.too_old', { what: round.too_old.map(inWords).join('; ') }));
  if (round.signed_out) board.on_signed_out();
}

/** "67 tugaskan AMB03": what somebody has to look at again. */
function inWords({ command }: Kept): string {
  const said = { unit: '', ...command } as { readonly unit: string; readonly incident?: string };
  const number = board.incident.get(said.incident)?.row.number ?? '';
  return `${number} ${told(`kept.what.${command.type}`, { unit: said.unit })}`.trim();
}

function inWordsOf(kept: Kept): string {
  return `${kept.name}: ${inWords(kept)}`;
}

/** Honest about a field that somebody else wrote in meanwhile: nothing was replaced. And about one that a server of
    another version does not know: it was not done. */
function warned({ events, unread }: Accepted): boolean {
  const is_beside = events.some((event) => event.endsWith('variant_kept'));
  if (is_beside) notices.warn(t('variant.kept'), null);
  if (unread) notices.warn(t('act.unread', { what: unread.join(', ') }), null);
  return is_beside || unread !== undefined;
}

function write(all: readonly Kept[]): void {
  if (all.length === 0) sessionStorage.removeItem(STORE);
  else sessionStorage.setItem(STORE, JSON.stringify(all));
}

function restore(): readonly Kept[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(STORE) ?? '[]');
    return Array.isArray(kept) ? (kept as readonly Kept[]).filter((one) => one.agent) : [];
  } catch {
    return [];
  }
}
