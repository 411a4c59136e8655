/* Keeps a screen on: of a caller while the call lasts, of a crew while its page is open. */

/** A browser takes the lock back whenever the page is not looked at; it is asked for again when somebody does. */
export class Awake {
  #lock: WakeLockSentinel | null = null;
  #is_wanted = false;

  constructor() {
    document.addEventListener('visibilitychange', () => void this.#take());
  }

  want(is_wanted: boolean): void {
    if (is_wanted === this.#is_wanted) return;
    this.#is_wanted = is_wanted;
    if (is_wanted) void this.#take();
    else void this.#lock?.release().catch(() => undefined);
  }

  async #take(): Promise<void> {
    if (!this.#is_wanted || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    try {
      this.#lock = await navigator.wakeLock.request('screen');
    } catch {
      this.#lock = null; // low battery; everything goes on with a dark screen
    }
  }
}
