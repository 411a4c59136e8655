/* All parts on one page, for whoever builds screens: `npm run dev`, then /galeri.html. Never part of a build. */
import { mount } from 'svelte';
import '../page.css';
import '../tokens.css';
import { words } from '../i18n.svelte.ts';
import { workstation } from '../workstation.svelte.ts';
import Gallery from './Gallery.svelte';

await words.use(workstation.language);
mount(Gallery, { target: document.getElementById('app') as HTMLElement });
