/* Asks now and then how the switches are: those of other nodes for everybody, and all of them for who is in charge. A
   centre of one node is asked once by anybody else. */
import { voice } from '../wire/voice.ts';
import { board } from './board.svelte.ts';
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
      health.hear(answer.value.switch, answer.value.other_switches);
      if (answer.value.other_switches === undefined && !board.me?.roles.includes('supervisor')) return;
    }
    timer = setTimeout(() => void read(), AGAIN_MS);
  }

  void read();
  return () => {
    is_followed = false;
    clearTimeout(timer);
  };
}
