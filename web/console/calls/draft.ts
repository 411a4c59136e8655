/* What was typed and may not be on record yet, kept in this window for a reload or a crash. */
import type { Field, Typed } from './typed.ts';

type Draft = Partial<Record<Typed, string>> & { field?: Field; seen?: Partial<Record<Typed, number>>; by?: string | undefined };

const SHELF = 'kentongan.interview.';
const shelf = (call: string): string => SHELF + call;

export function keep(call: string, draft: Draft): void {
  try {
    sessionStorage.setItem(shelf(call), JSON.stringify(draft));
  } catch {
    /* millions of signs: more than the browser keeps; what may be kept is on its way to the server all the same */
  }
}

/** What was kept, nothing where it cannot be read. */
export function kept(call: string): Draft {
  try {
    return JSON.parse(sessionStorage.getItem(shelf(call)) ?? '{}') as Draft;
  } catch {
    forget(call);
    return {};
  }
}

/** The calls of which something is kept that this person typed. */
export function keptBy(agent: string): readonly string[] {
  const calls = Object.keys(sessionStorage).flatMap((name) => (name.startsWith(SHELF) ? name.slice(SHELF.length) : []));
  return calls.filter((call) => kept(call).by === agent);
}

export function forget(call: string): void {
  sessionStorage.removeItem(shelf(call));
}
