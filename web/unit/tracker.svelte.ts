/* Where this device is: watched while the page is open, posted every few seconds. A page cannot do it with the screen
   locked; a navigation app that posts positions may stand beside it. */
import { serverClock } from '../board/clock.svelte.ts';
import { ask } from '../wire/api.ts';
import type { Fix } from '../wire/rows.ts';

/** Positions go out at most so often, in milliseconds. */
const POST_MS = 5_000;

class Tracker {
  fix = $state.raw<Fix | null>(null);
  #posted = 0;

  /** Watches as long as the caller's effect lives. */
  follow(unit: string): () => void {
    if (!unit || !('geolocation' in navigator)) return () => undefined;
    const watch = navigator.geolocation.watchPosition(
      ({ coords }) => this.#took(unit, coords),
      () => (this.fix = null),
      { enableHighAccuracy: true, maximumAge: 2_000 },
    );
    return () => navigator.geolocation.clearWatch(watch);
  }

  /** Asks once more, of now: a telephone that lies still may tell nothing new by itself. */
  again(unit: string): void {
    if (unit && 'geolocation' in navigator) navigator.geolocation.getCurrentPosition(({ coords }) => this.#took(unit, coords), () => undefined, { enableHighAccuracy: true, maximumAge: 2_000 });
  }

  #took(unit: string, coords: GeolocationCoordinates): void {
    this.fix = {
      point: { lat: coords.latitude, lon: coords.longitude },
      at: new Date(serverClock.now()).toISOString(), // this device's own clock may be hours off
      accuracy_m: coords.accuracy,
      heading_deg: coords.heading,
      speed_m_s: coords.speed,
    };
    const now = performance.now();
    if (now - this.#posted < POST_MS) return;
    this.#posted = now;
    void ask('POST', '/api/positions', { fixes: [{ unit, fix: this.fix }] });
  }
}

export const tracker = new Tracker();
