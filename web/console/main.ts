/* The console page: asks who is signed in, follows the board, shows the frame. Without a session it leads to sign-in and
   comes back to the same address. */
import { mount } from 'svelte';
import { enter, follow } from '../board/board.svelte.ts';
import { page } from '../phone/page.ts';
import { words } from '../ui/i18n.svelte.ts';
import '../ui/page.css';
import '../ui/tokens.css';
import { workstation } from '../ui/workstation.svelte.ts';
import { api } from '../wire/api.ts';
import App from './App.svelte';

function signIn(): void {
  location.assign(`/?next=${encodeURIComponent(location.pathname + location.hash)}`);
}

async function start(): Promise<void> {
  await words.use(workstation.language);
  mount(App, { target: document.getElementById('app') as HTMLElement });
  const answer = await api.session();
  if (answer.outcome === 'signed_out' || answer.outcome === 'refused') return signIn();
  if (answer.outcome === 'done') enter(answer.value);
  follow(signIn, `/ws?page=${page}`);
}

void start();
