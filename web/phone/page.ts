/* This window's name, by which the server knows which window of a person has the sound. A reload keeps it; a tab that was
   duplicated, or opened beside, has another one: the name is in the store only while no window has it. */
import { commandId } from '../wire/api.ts';

const STORE = 'kentongan.page';

export const page = sessionStorage.getItem(STORE) ?? commandId();
sessionStorage.removeItem(STORE);
window.addEventListener('pagehide', () => sessionStorage.setItem(STORE, page));
