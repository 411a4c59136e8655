/* The one clock all timers of this page read: `clock.now` changes once a second, on the server's second. */
import { everySecond, ServerClock, WRONG_CLOCK_S } from './clock.ts';

export const serverClock = new ServerClock();

class Clock {
  /** Server time in milliseconds, whole seconds apart. */
  now = $state(Date.now());
  /** Server minus workstation, in seconds. */
  skew_s = $state(0);

  get is_wrong(): boolean {
    return Math.abs(this.skew_s) > WRONG_CLOCK_S;
  }
}

export const clock = new Clock();

everySecond(serverClock, (now) => {
  clock.now = now;
  clock.skew_s = serverClock.skew_ms / 1000;
});
