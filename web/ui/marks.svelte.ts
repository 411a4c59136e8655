/* Which row of a list is chosen, as each row follows it for itself: a key changes two rows, and not one word of the others
   is worked out again. */

class Mark {
  is_set = $state() as boolean;

  constructor(is_set: boolean) {
    this.is_set = is_set;
  }
}

export class Marks {
  readonly #of = new Map<string, Mark>();
  #set: string | null = null;

  /** Whether that row is the chosen one. */
  has(key: string): boolean {
    let mark = this.#of.get(key);
    if (!mark) this.#of.set(key, (mark = new Mark(key === this.#set)));
    return mark.is_set;
  }

  set(key: string | null): void {
    for (const [other, is_set] of [[this.#set, false], [key, true]] as const) {
      const mark = this.#of.get(other ?? '');
      if (mark) mark.is_set = is_set;
    }
    this.#set = key;
  }
}
