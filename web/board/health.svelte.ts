/* Lamps: telephone, data, map, positions, and other nodes where there are any. A grey dot means well; anything else says what still works. */
import type { Key } from '../ui/words.ts';
import { board } from './board.svelte.ts';
import { clock } from './clock.svelte.ts';
import { newestAt, STALE_S } from './fix-age.ts';
import type { SwitchHealth } from '../wire/voice.ts';

export type Lamp = 'ok' | 'off' | 'unknown';

class Health {
  /** Set by the softphone: whether browser audio could be used for a call. */
  phone = $state<Lamp>('unknown');
  /** Set by the map when it is on screen. */
  map = $state<Lamp>('unknown');
  /** Whether the switches of the other nodes are reached; unknown where there are none. */
  nodes = $state<Lamp>('unknown');
  /** Those that are not, by their address. */
  nodes_away = $state.raw<readonly string[]>([]);

  /** What the server said of the switches of the other nodes. */
  hear(others: Readonly<Record<string, SwitchHealth | null>> | undefined): void {
    this.nodes_away = Object.entries(others ?? {}).filter(([, told]) => told === null).map(([name]) => name);
    this.nodes = others === undefined ? 'unknown' : this.nodes_away.length > 0 ? 'off' : 'ok';
  }

  /** A part of the centre that is not well, as the centre itself says; no lamp while all are. */
  get system(): Lamp {
    return board.alarm.list((alarm) => alarm.alarm_kind === 'system').length > 0 ? 'off' : 'unknown';
  }

  get data(): Lamp {
    if (board.status === 'live') return 'ok';
    return board.status === 'lost' ? 'off' : 'unknown';
  }

  /** Age of the newest position, in seconds; null when there was none. */
  get positions_age_s(): number | null {
    const { now } = clock; // positions are no state: looked at as often as the clock moves
    const at = newestAt(board.where.of);
    return at === null ? null : Math.max(0, (now - at) / 1000);
  }

  get gps(): Lamp {
    const age_s = this.positions_age_s;
    if (age_s === null) return 'unknown';
    return age_s >= STALE_S ? 'off' : 'ok';
  }
}

export const health = new Health();

export const LAMPS = [
  { lamp: 'gps', name: 'health.gps', off: 'health.gps_off' },
  { lamp: 'phone', name: 'health.phone', off: 'health.phone_off' },
  { lamp: 'map', name: 'health.map', off: 'health.map_off' },
  { lamp: 'data', name: 'health.data', off: 'health.data_off' },
  { lamp: 'system', name: 'health.system', off: 'health.system_off' },
  { lamp: 'nodes', name: 'health.nodes', off: 'health.nodes_off' },
] as const satisfies readonly { lamp: keyof Health; name: Key; off: Key }[];
