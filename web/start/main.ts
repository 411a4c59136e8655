/* The first page: sign in, then on to where this person works. */
import { mount } from 'svelte';
import { words } from '../ui/i18n.svelte.ts';
import '../ui/page.css';
import '../ui/tokens.css';
import { workstation } from '../ui/workstation.svelte.ts';
import SignIn from './SignIn.svelte';

await words.use(workstation.language);
mount(SignIn, { target: document.getElementById('app') as HTMLElement });
