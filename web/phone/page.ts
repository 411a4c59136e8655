/* This window's name, by which the server knows which window of a person has the sound. A reload keeps it; a tab that was
   duplicated, or opened beside, has another one: the name is in the store only while no window has it. */
import { commandId } from '../wire/api.ts';

const STORE = 'kentongan.page';

const kept = sessionStorage.getItem(STORE);
export const page = kept ?? commandId();
/** This window was here before: what was under way goes on by itself. */
export const is_reloaded = kept !== null;
sessionStorage.removeItem(STORE);
window.addEventListener('pagehide', () => sessionStorage.setItem(STORE, page));
