/* What was typed and may not be on record yet, kept in this window for a reload or a crash. */
import type { Field, Typed } from './typed.ts';

type Draft = Partial<Record<Typed, string>> & { field?: Field; seen?: Partial<Record<Typed, number>> };

const shelf = (call: string): string => `kentongan.interview.${call}`;

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

export function forget(call: string): void {
  sessionStorage.removeItem(shelf(call));
}
