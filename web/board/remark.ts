/* What somebody typed, or wrote in both languages. Apart from the plans, which every page of a crew loads. */
import type { Remark } from '../wire/plans.ts';
import { city } from './plans.svelte.ts';

/** In the language of the page. */
export const sayRemark = (text: Remark): string => (typeof text === 'string' ? text : city.say(text));
