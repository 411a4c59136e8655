/* Looks whether the server serves another version of this page than the one that runs. Nothing is reloaded by itself: a
   page that reloads asks for a click before it rings again. It is taken by a button that no call in hand has, or when duty
   ends. */
import { board } from '../board/board.svelte.ts';
import { newer } from '../board/newer.svelte.ts';
import { duty } from './duty.svelte.ts';

/** Between two looks, in milliseconds; besides, a look whenever the link is back. */
const EVERY_MS = 300_000;

/** The page's own scripts: their names change with their content. */
function scriptsOf(page: Document): string {
  return [...page.querySelectorAll('script[src]')].map((script) => script.getAttribute('src') ?? '').sort().join(' ');
}

async function look(): Promise<void> {
  if (board.status === 'lost') return;
  try {
    const answer = await fetch(location.pathname, { cache: 'no-store', credentials: 'same-origin' });
    if (!answer.ok) return;
    const served = scriptsOf(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    newer.is_there = served !== '' && served !== scriptsOf(document);
  } catch {
    /* away: looked at again when the link is back */
  }
}

/** Keep looking until the returned function is called; what ends duty then takes the new version. */
export function keepVersion(): () => void {
  const timer = setInterval(() => void look(), EVERY_MS);
  const stop = $effect.root(() => {
    $effect(() => {
      if (board.caught_up !== null) void look();
    });
  });
  void look();
  return () => {
    clearInterval(timer);
    stop();
    if (newer.is_there && !duty.is_started) location.reload();
  };
}
