/* Looks whether the server serves another version of this page than the one that runs. Nothing is reloaded by itself: a
   page that reloads asks for a click before it rings again. It is taken by a button that no call in hand has, or when duty
   ends. */
import { board } from '../board/board.svelte.ts';
import { newer } from '../board/newer.svelte.ts';
import { duty } from './duty.svelte.ts';

/** Between two looks, in milliseconds; besides, a look whenever the link is back. */
const EVERY_MS = 300_000;

function look(): void {
  if (board.status !== 'lost') void newer.look();
}

/** Keep looking until the returned function is called; what ends duty then takes the new version. */
export function keepVersion(): () => void {
  const timer = setInterval(look, EVERY_MS);
  const stop = $effect.root(() => {
    $effect(() => {
      if (board.caught_up !== null) look();
    });
  });
  look();
  return () => {
    clearInterval(timer);
    stop();
    if (newer.is_there && !duty.is_started) location.reload();
  };
}
