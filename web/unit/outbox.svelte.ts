/* The crew's outbox as state, joined to the browser: tries again when the network is back and every few seconds. */
import { serverClock } from '../board/clock.svelte.ts';
import { api, commandId } from '../wire/api.ts';
import type { AnyCommand } from '../wire/commands.ts';
import { ageOf, Outbox, type DeviceTime, type OutboxView, type Sent, type Tap } from './outbox.ts';
import { browserShelf } from './shelf.ts';

/** Between attempts while something waits. */
const AGAIN_MS = 5_000;

function deviceTime(): DeviceTime {
  return { wall: Date.now(), page: performance.timeOrigin, ticks: performance.now() };
}

async function send(tap: Tap): Promise<Sent> {
  const answer = await api.command({ id: tap.id, command: tap.command, age_s: ageOf(tap.device, deviceTime()), agent: tap.agent });
  if (answer.outcome === 'done') outbox.reached = answer.value.position ?? 0;
  return answer.outcome === 'refused' ? { outcome: 'refused', refusal: answer.refusal } : { outcome: answer.outcome };
}

class CrewOutbox {
  view = $state.raw<OutboxView>({ waiting: [], refused: [], needs_sign_in: false, is_open: false, is_lost: false });
  /** The journal's position of the newest answer: rows of before it do not show what was tapped. */
  reached = 0;
  readonly #outbox = new Outbox(browserShelf(), send, (view) => (this.view = view));

  async open(agent: string): Promise<void> {
    window.addEventListener('online', () => void this.#outbox.flush());
    setInterval(() => {
      if (this.view.waiting.length > 0) void this.#outbox.flush();
    }, AGAIN_MS);
    await this.#outbox.open(agent);
  }

  /** A tap: kept with its own time, sent when it can be. False when it could not even be kept. */
  tap(command: AnyCommand): Promise<boolean> {
    const tapped_at = new Date(serverClock.now()).toISOString();
    return this.#outbox.add({ id: commandId(), command, tapped_at, device: deviceTime() });
  }

  read(id: string): Promise<void> {
    return this.#outbox.read(id);
  }
}

export const outbox = new CrewOutbox();
