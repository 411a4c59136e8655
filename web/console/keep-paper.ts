/* Keeps the newest paper pack while the centre answers, and prints it when the centre does not. In memory only, because
   it holds names and numbers. A chunk of its own, loaded at the start of duty: when the link is down nothing can be. */
import { board } from '../board/board.svelte.ts';
import { clock } from '../board/clock.svelte.ts';
import { paper } from '../board/paper.svelte.ts';

/** How often it is fetched: as often as a new one is made (`[paper] every_s`), in milliseconds. */
const EVERY_MS = 300_000;
/** The element that the printer sees, and the class of the page meanwhile. */
export const SHEET = 'paper-pack';

/** Keep it until the returned function is called. */
export function keepPaper(): () => void {
  const timer = setInterval(() => void look(), EVERY_MS);
  void look();
  return () => {
    clearInterval(timer);
    paper.at = null;
    paper.print = null;
  };
}

/** Take the newest pack; without an answer the old one stays. */
async function look(): Promise<void> {
  if (board.status === 'lost') return;
  try {
    const answer = await fetch('/api/paper', { credentials: 'same-origin' });
    if (!answer.ok) return;
    const page = await answer.text();
    paper.at = clock.now;
    paper.print = () => printed(page);
  } catch {
    /* away: the old one stays */
  }
}

/** Its words go into a shadow root with the pack's own style sheet; `page.css` hides the rest from the printer. */
function printed(page: string): void {
  const pack = new DOMParser().parseFromString(page, 'text/html');
  const style = new CSSStyleSheet();
  style.replaceSync(pack.querySelector('style')?.textContent ?? '');
  document.getElementById(SHEET)?.remove();
  const sheet = document.createElement('div');
  sheet.id = SHEET;
  const root = sheet.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [style];
  root.append(...[...pack.body.children].map((element) => document.importNode(element, true)));
  document.body.append(sheet);
  document.documentElement.classList.add(SHEET);
  const end = (): void => {
    document.documentElement.classList.remove(SHEET);
    sheet.remove();
  };
  window.addEventListener('afterprint', end, { once: true });
  window.print();
}
