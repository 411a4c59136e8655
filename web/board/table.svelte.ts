/* Rows as state, fine-grained: one `Live` holder per row, so that a changed row repaints only what reads that row.
   A list of holders changes only when rows come, go or change their order. */
import type { Kind, RowOf } from '../wire/rows.ts';
import type { Position } from '../wire/types.ts';

/** One row: read `live.row.field` in a template and it follows that row. */
export class Live<R> {
  readonly key: string;
  row = $state.raw<R>() as R;

  constructor(key: string, row: R) {
    this.key = key;
    this.row = row;
  }
}

/** All rows of one kind. `version` grows with each batch that touched any of them. */
export class Table<K extends Kind> {
  readonly #rows = new Map<string, Live<RowOf[K]>>();
  version = $state(0);
  /** Grows only when a row came or went. */
  membership = $state(0);
  #touched = false;
  #moved = false;

  get(key: string | null | undefined): Live<RowOf[K]> | undefined {
    void this.membership;
    return key == null ? undefined : this.#rows.get(key);
  }

  /** All holders in no particular order; follows rows that come and go, not their content. */
  all(): Live<RowOf[K]>[] {
    void this.membership;
    return [...this.#rows.values()];
  }

  /** Holders whose rows pass, in order; follows every change of this kind. */
  list(keep: (row: RowOf[K]) => boolean, order?: (a: RowOf[K], b: RowOf[K]) => number): Live<RowOf[K]>[] {
    void this.version;
    const kept = [...this.#rows.values()].filter((live) => keep(live.row));
    return order ? kept.sort((a, b) => order(a.row, b.row)) : kept;
  }

  get size(): number {
    void this.membership;
    return this.#rows.size;
  }

  put(row: RowOf[K]): void {
    const live = this.#rows.get(row.key);
    if (live) live.row = row;
    else {
      this.#rows.set(row.key, new Live(row.key, row));
      this.#moved = true;
    }
    this.#touched = true;
  }

  remove(key: string): void {
    if (this.#rows.delete(key)) this.#touched = this.#moved = true;
  }

  clear(): void {
    this.#touched ||= this.#rows.size > 0;
    this.#moved ||= this.#rows.size > 0;
    this.#rows.clear();
  }

  /** Tells the readers, once per batch. */
  commit(): void {
    if (this.#touched) this.version += 1;
    if (this.#moved) this.membership += 1;
    this.#touched = this.#moved = false;
  }
}

/** A unit's last known position. `at` is when it was measured, by the server's clock, in milliseconds. */
export interface Located {
  lat: number;
  lon: number;
  heading: number | null;
  at: number;
}

/** Positions never enter the framework: the map reads and empties `changed` at its own pace, once a second. */
export class Positions {
  readonly of = new Map<string, Located>();
  readonly changed = new Set<string>();

  take(positions: readonly Position[], now: number): void {
    for (const [unit, lat, lon, heading, age_s] of positions) {
      this.of.set(unit, { lat, lon, heading, at: now - age_s * 1000 });
      this.changed.add(unit);
    }
  }

  clear(): void {
    for (const unit of this.of.keys()) this.changed.add(unit);
    this.of.clear();
  }
}
