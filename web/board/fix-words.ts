/* The age of a position in words, with the mark that it has on the map. */
import { age } from '../ui/format.ts';
import { words } from '../ui/i18n.svelte.ts';
import { STALE_S } from './fix-age.ts';

export const fixAge = (seconds: number): string => age(seconds, words.language) + (seconds < STALE_S ? '' : ' ?');
