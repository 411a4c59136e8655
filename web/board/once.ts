/* The same thing asked for again while the first is under way is the first: a key held down, a storm of clicks. */

export class Once<T> {
  readonly #under_way = new Map<string, Promise<T>>();

  /** Begins it unless it is under way; `key` says what is the same. */
  run(key: string, begin: () => Promise<T>): Promise<T> {
    const first = this.#under_way.get(key);
    if (first) return first;
    const only = begin().finally(() => this.#under_way.delete(key));
    this.#under_way.set(key, only);
    return only;
  }
}
