/* Asks now and then whether the switches of other nodes are reached; a centre of one node is asked once. What is wrong with
   a switch is an alarm of the centre's own. */
import { voice } from '../wire/voice.ts';
import { health } from './health.svelte.ts';

/** Between two questions, in milliseconds. */
const AGAIN_MS = 15_000;

/** Follows the switches until it is told to stop. */
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
