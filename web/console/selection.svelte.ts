/* What this person has open. Windows of one workstation keep step: selecting incident 67 on one monitor moves the map on
   the other. */
import { untrack } from 'svelte';

interface Kept {
  readonly incident: string | null;
  readonly unit: string | null;
  readonly marked?: readonly string[];
}

const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('kentongan.selection') : null;

class Selection {
  #incident = $state<string | null>(null);
  #unit = $state<string | null>(null);
  #marked = $state.raw<readonly string[]>([]);
  /** The incident opened before this one, for Ctrl+I. */
  last_incident = $state<string | null>(null);

  constructor() {
    if (channel) channel.onmessage = (event: MessageEvent<Kept>) => this.#follow(event.data);
  }

  get incident(): string | null {
    return this.#incident;
  }
  set incident(key: string | null) {
    if (key === this.#incident) return;
    if (this.#incident !== null) this.last_incident = this.#incident;
    this.#incident = key;
    this.#tell();
  }
  get unit(): string | null {
    return this.#unit;
  }
  set unit(key: string | null) {
    if (key === this.#unit) return;
    this.#unit = key;
    this.#tell();
  }

  /** Units marked for the incident, whose ways the map draws. */
  get marked(): readonly string[] {
    return this.#marked;
  }
  set marked(units: readonly string[]) {
    if (units.join() === untrack(() => this.#marked.join())) return;
    this.#marked = units;
    this.#tell();
  }

  #tell(): void {
    channel?.postMessage({ incident: this.#incident, unit: this.#unit, marked: this.#marked } satisfies Kept);
  }

  #follow({ incident, unit, marked }: Kept): void {
    this.#incident = incident;
    this.#unit = unit;
    this.#marked = marked ?? [];
  }
}

export const selection = new Selection();
