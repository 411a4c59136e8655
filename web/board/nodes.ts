/* Asks now and then whether the switches of the other nodes are reached. A centre of one node is asked once. */
import { voice } from '../wire/voice.ts';
import { health } from './health.svelte.ts';

/** Between two questions, in milliseconds. */
const AGAIN_MS = 15_000;

/** Follows the other nodes until it is told to stop. */
export function followNodes(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let is_followed = true;

  async function read(): Promise<void> {
    const answer = await voice.health();
    if (!is_followed) return;
    if (answer.outcome === 'done') {
      health.hear(answer.value.other_switches);
      if (answer.value.other_switches === undefined) return;
    }
    timer = setTimeout(() => void read(), AGAIN_MS);
  }

  void read();
  return () => {
    is_followed = false;
    clearTimeout(timer);
  };
}
