/* The map in a window of its own, for the second monitor of one desk. It follows the board and what is selected in the other
   window, and has neither a desk nor sound: a desk with two windows rings once. It ends with the session. */
import { mount } from 'svelte';
import { enter, follow } from '../../board/board.svelte.ts';
import { words } from '../../ui/i18n.svelte.ts';
import '../../ui/page.css';
import '../../ui/tokens.css';
import { workstation } from '../../ui/workstation.svelte.ts';
import { api } from '../../wire/api.ts';
import { HELD } from './map-window.svelte.ts';
import Window from './Window.svelte';

/** The browser closes only windows that a page has opened; any other one goes to the console. */
function leave(): void {
  window.close();
  location.assign('/konsol');
}

async function start(): Promise<void> {
  await words.use(workstation.language);
  void navigator.locks.request(HELD, () => new Promise(() => undefined)); // until this window is gone
  const answer = await api.session();
  if (answer.outcome === 'signed_out' || answer.outcome === 'refused') return leave();
  mount(Window, { target: document.getElementById('app') as HTMLElement });
  if (answer.outcome === 'done') enter(answer.value);
  follow(leave, '/ws');
}

void start();
