/* A person's own actions: sent to the door, drawn as pending until the answer, told in words, undoable for 10 s.
   There is no optimistic lie: a row changes only when the server's row arrives. */
import { api, commandId, type Answer, type Accepted, type CommandRequest } from '../wire/api.ts';
import type { AnyCommand } from '../wire/commands.ts';
import { t, toldRefusal } from '../ui/i18n.svelte.ts';
import { notices } from '../ui/notices.svelte.ts';
import { board, sync } from './board.svelte.ts';
import { Once } from './once.ts';

class Pending {
  #keys = $state.raw<ReadonlySet<string>>(new Set());

  has(key: string): boolean {
    return this.#keys.has(key);
  }
  add(key: string): void {
    this.#keys = new Set([...this.#keys, key]);
  }
  delete(key: string): void {
    this.#keys = new Set([...this.#keys].filter((other) => other !== key));
  }
}

/** The local queue, as far as everybody needs it; what keeps and sends is a chunk of its own (`console/keep-commands.ts`). */
class ActQueue {
  /** How many orders wait for the server. */
  waiting = $state(0);
  /* What another chunk sets; declared alone, so that this one carries no fields for it. */
  /** Told of each order with its answer to come, so that what nobody confirms is told. */
  declare sent?: (answer: Promise<unknown>) => void;
  /** Whether such a command may wait at all. */
  declare takes?: (command: AnyCommand) => boolean;
  /** The command with how much of the row its asker has seen: what others wrote after that is not written over. */
  declare based?: (command: AnyCommand) => AnyCommand;
  /** Whether a person was told that it does not stand: somebody else wrote in the same field. */
  declare warned?: (accepted: Accepted) => boolean;
  /** Told before it is sent; what it returns is told whether nobody answered and how it is taken back, and says whether it waits. */
  declare begin?: (id: string, command: AnyCommand) => (is_away: boolean, back?: () => Promise<void>) => boolean;
  declare forget?: () => void;
}

export const act_queue = new ActQueue();

/** Keys of rows with an action under way; a row shows a thin "…" while it is here. */
export const pending = new Pending();

/** Retries of a command that got no answer. The id stays the same, so a second arrival changes nothing. */
const TRIES = 3;
const BETWEEN_TRIES_MS = 700;

export interface Wish {
  /** Said when it went through, for example "AMB03 → 67 Ditugaskan". */
  readonly done?: string;
  /** The command that takes it back; offered for 10 s. */
  readonly undo?: () => AnyCommand | readonly AnyCommand[] | null;
  /** The row this acts on. */
  readonly row?: string;
  /** The screen shows the refusal itself, so no notice is needed. */
  readonly quiet?: boolean;
}

const once = new Once<Answer<Accepted>>();

/** Sends one command, and the same one not again before its answer. That comes back for screens that want to do more than
 *  read the notice. */
export function act(command: AnyCommand, wish: Wish = {}): Promise<Answer<Accepted>> {
  return once.run(JSON.stringify(command), () => {
    const answer = sendAndTell(command, wish);
    act_queue.sent?.(answer);
    return answer;
  });
}

async function sendAndTell(command: AnyCommand, wish: Wish): Promise<Answer<Accepted>> {
  if (wish.row !== undefined) pending.add(wish.row);
  const request = { id: commandId(), command: act_queue.based?.(command) ?? command };
  const settle = act_queue.begin?.(request.id, request.command);
  /* While the link is known to be down nobody waits for an answer that cannot come. */
  const answer: Answer<Accepted> = board.status === 'lost' && act_queue.takes?.(command) ? { outcome: 'away' } : await send(request);
  if (wish.row !== undefined) pending.delete(wish.row);
  if (answer.outcome === 'done') sync.flush();
  if (!settle?.(answer.outcome === 'away', wish.undo && undoer(wish.undo))) tell(answer, wish);
  return answer;
}

async function send(request: CommandRequest): Promise<Answer<Accepted>> {
  for (let attempt = 1; ; attempt++) {
    const answer = await api.command(request);
    if (answer.outcome !== 'away' || attempt === TRIES) return answer;
    await new Promise((resume) => setTimeout(resume, BETWEEN_TRIES_MS * attempt));
  }
}

function tell(answer: Answer<Accepted>, wish: Wish): void {
  if (answer.outcome === 'signed_out') board.on_signed_out();
  else if (answer.outcome === 'away') notices.warn(answer.refusal ? toldRefusal(answer.refusal) : t('act.away'));
  else if (answer.outcome === 'refused') {
    if (!wish.quiet) notices.warn(toldRefusal(answer.refusal));
  } else if (!act_queue.warned?.(answer.value) && wish.done) notices.done(wish.done, wish.undo ? undoer(wish.undo) : null);
}

/** Takes all of it back; what is refused is told, and the rest goes on. */
export function undoer(undo: NonNullable<Wish['undo']>): () => Promise<void> {
  return async () => {
    const commands = undo();
    if (commands === null) return;
    let is_undone = true;
    for (const command of [commands].flat() as AnyCommand[]) is_undone = (await act(command)).outcome === 'done' && is_undone;
    if (is_undone) notices.done(t('act.undone'));
  };
}
