/* What changed between two pictures of the same things, as the map library's differences: thousands of units stand still
   while some move. Pure. */

export interface Drawn {
  readonly id: string;
  readonly geometry: GeoJSON.Geometry;
  readonly properties: Readonly<Record<string, string | number | boolean | null | readonly number[]>>;
}

export interface Difference {
  remove: number[];
  add: GeoJSON.Feature[];
  update: { id: number; newGeometry?: GeoJSON.Geometry; addOrUpdateProperties?: { key: string; value: unknown }[] }[];
}

interface Kept {
  readonly number: number;
  readonly place: string;
  readonly words: string;
}

export class Changes {
  #kept = new Map<string, Kept>();
  #next = 1;

  /** What turns the last picture into this one; null when nothing changed. */
  to(drawn: readonly Drawn[]): Difference | null {
    const difference: Difference = { remove: [], add: [], update: [] };
    const kept = new Map<string, Kept>();
    for (const one of drawn) {
      if (kept.has(one.id)) continue;
      const before = this.#kept.get(one.id);
      const place = JSON.stringify(one.geometry);
      const words = JSON.stringify(one.properties);
      kept.set(one.id, { number: before?.number ?? this.#next++, place, words });
      const number = kept.get(one.id)?.number ?? 0;
      if (!before) difference.add.push({ type: 'Feature', id: number, geometry: one.geometry, properties: { ...one.properties } });
      else if (before.place !== place || before.words !== words)
        difference.update.push({
          id: number,
          ...(before.place !== place ? { newGeometry: one.geometry } : {}),
          ...(before.words !== words ? { addOrUpdateProperties: Object.entries(one.properties).map(([key, value]) => ({ key, value })) } : {}),
        });
    }
    for (const [id, { number }] of this.#kept) if (!kept.has(id)) difference.remove.push(number);
    this.#kept = kept;
    return difference.add.length + difference.update.length + difference.remove.length > 0 ? difference : null;
  }

  /** The next picture starts from nothing. */
  forget(): void {
    this.#kept.clear();
  }
}
