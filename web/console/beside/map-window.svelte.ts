/* Whether the map stands in a window of its own. That window holds a lock while it is there: closed, crashed or its monitor's
   cable pulled, the browser lets go of it, and the map comes back to its place here. */
export const HELD = 'kentongan.map';

const ADDRESS = '/konsol/peta';
/** How long a window that opens may take until it holds the lock, in milliseconds. */
const OPENING_MS = 10_000;
/** How long one that was reloaded may take until it holds it again. */
const RELOAD_MS = 5_000;
const LOOK_MS = 250;

class MapWindow {
  is_open = $state(false);
  #is_watching = false;

  constructor() {
    void this.#look(0);
  }

  /** Opens it, or brings the one that is there to the front. Call it for a key or a click: browsers open no other windows. */
  open(incident: string | null): void {
    const opened = window.open('', HELD, 'popup,width=1200,height=900');
    if (!opened) return;
    if (opened.location.pathname === ADDRESS) opened.focus();
    else opened.location.replace(`${ADDRESS}#${encodeURIComponent(incident ?? '')}`);
    void this.#look(OPENING_MS);
  }

  /** Looks until it is there, for so long. */
  async #look(patience_ms: number): Promise<void> {
    const { held } = await navigator.locks.query();
    if (held?.some((lock) => lock.name === HELD)) return this.#watch();
    if (patience_ms > 0) setTimeout(() => void this.#look(patience_ms - LOOK_MS), LOOK_MS);
  }

  /** Waits in the queue for the lock: it comes when the window is gone. One that was only reloaded comes back. */
  async #watch(): Promise<void> {
    if (this.#is_watching) return;
    this.#is_watching = this.is_open = true;
    await navigator.locks.request(HELD, { mode: 'shared' }, () => undefined);
    this.#is_watching = this.is_open = false;
    await this.#look(RELOAD_MS);
  }
}

export const map_window = new MapWindow();
