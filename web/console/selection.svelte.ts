/* What this person has open. Windows of one workstation keep step: selecting incident 67 on one monitor moves the map on
   the other. */

const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('kentongan.selection') : null;

class Selection {
  #incident = $state<string | null>(null);
  #unit = $state<string | null>(null);
  /** The incident opened before this one, for Ctrl+I. */
  last_incident = $state<string | null>(null);

  constructor() {
    if (channel) channel.onmessage = (event: MessageEvent<{ incident: string | null; unit: string | null }>) => this.#follow(event.data);
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

  #tell(): void {
    channel?.postMessage({ incident: this.#incident, unit: this.#unit });
  }

  #follow({ incident, unit }: { incident: string | null; unit: string | null }): void {
    this.#incident = incident;
    this.#unit = unit;
  }
}

export const selection = new Selection();
