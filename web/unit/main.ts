/* The crew page: works from the service worker's copy when the network is away. The person last signed in is remembered
   by id and name only, so that a reload without a network still shows whose device this is; the task in hand is kept too. */
import { mount } from 'svelte';
import { enter, follow } from '../board/board.svelte.ts';
import { words } from '../ui/i18n.svelte.ts';
import '../ui/page.css';
import '../ui/tokens.css';
import { workstation } from '../ui/workstation.svelte.ts';
import { api } from '../wire/api.ts';
import App from './App.svelte';
import { outbox } from './outbox.svelte.ts';

const kept = import('./last-task.svelte.ts'); // the service worker keeps it, too

function signIn(): void {
  location.assign('/?next=%2Flapangan');
}

async function start(): Promise<void> {
  if ('serviceWorker' in navigator && import.meta.env.PROD) void navigator.serviceWorker.register('/sw.js', { scope: '/lapangan' });
  await words.use(workstation.language);
  mount(App, { target: document.getElementById('app') as HTMLElement });
  const answer = await api.session();
  if (answer.outcome === 'signed_out') return signIn();
  const { keep, recall, remember, remembered } = await kept;
  const session = answer.outcome === 'done' ? answer.value : remembered();
  if (!session) return;
  enter(session);
  remember(session);
  if (answer.outcome !== 'done') recall(session.agent);
  keep();
  await outbox.open(session.agent.id);
  follow(signIn);
}

void start();
