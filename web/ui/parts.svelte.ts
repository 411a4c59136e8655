/* Parts of a page that are fetched when they are wanted. One that cannot be fetched, because the link is cut, is told in
   one place with a way to try again. */
import { Wanted } from './wanted.ts';

class Parts {
  /** How many are wanted and could not be fetched. */
  missing = $state(0);
  readonly wanted = new Wanted((missing) => (this.missing = missing));
  /** Style sheets that failed: the code that wants one never asks for it a second time. */
  #failed: HTMLLinkElement[] = [];

  constructor() {
    const failed = ({ target }: Event): void => {
      if (target instanceof HTMLLinkElement && target.rel === 'stylesheet') this.#failed.push(target);
    };
    document.addEventListener('error', failed, { capture: true });
  }

  again(): void {
    for (const sheet of this.#failed.splice(0)) sheet.replaceWith(sheet.cloneNode());
    this.wanted.again();
  }
}

export const parts = new Parts();

/** The part that `load` imports; it waits rather than fail. */
export function later<T>(load: () => Promise<T>): Promise<T> {
  return parts.wanted.get(load);
}
