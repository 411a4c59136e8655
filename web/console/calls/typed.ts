/* The fields of an interview that are typed, and how much of each the record keeps. */

export const TYPED = ['name', 'number', 'complaint', 'place', 'landmark'] as const;
export type Typed = (typeof TYPED)[number];

export type Field = 'name' | 'number' | 'complaint' | 'nature' | 'place' | 'triage';

/** Characters of a name, a number or a landmark that the record keeps, and of what was said. */
const LABEL_MAX = 300;
const SAID_MAX = 20_000;

const isSaid = (field: Typed): boolean => field === 'complaint' || field === 'place';

export const mostOf = (field: Typed): number => (isSaid(field) ? SAID_MAX : LABEL_MAX);

/** As much of it as is sent: of what was said one sign too many, so that the record marks it as cut. None is torn. */
export const sentOf = (field: Typed, text: string): string =>
  text.trim().slice(0, mostOf(field) + Number(isSaid(field))).replace(/[\ud800-\udbff]$/, '');

/** Whether it is to be told: words are, and that none are left where some stood. An emptied field is said as empty words:
 *  without any the record would keep the old ones. */
export const saysSomething = (text: string, stands: string): boolean => text !== '' || stands !== '';
