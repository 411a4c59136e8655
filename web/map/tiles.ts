/* The city's tiles out of one file on our own server, read by ranges. A version's file never changes; when another is in
   use, its old name is not found and `gone` says so. */
import { PMTiles, type RangeResponse, type Source } from 'pmtiles';
import { PROTOCOL, ZOOM_MAX } from './style.ts';

/** A range that takes longer than this is given up, in milliseconds; the map asks again when it is moved. */
const RANGE_MS = 10_000;

class OwnServer implements Source {
  readonly #version: string;
  readonly #gone: () => void;

  constructor(version: string, gone: () => void) {
    this.#version = version;
    this.#gone = gone;
  }

  getKey(): string {
    return this.#version;
  }

  async getBytes(offset: number, length: number, signal?: AbortSignal): Promise<RangeResponse> {
    const limit = AbortSignal.timeout(RANGE_MS);
    const response = await fetch(`/api/map/city.pmtiles?v=${encodeURIComponent(this.#version)}`, {
      headers: { Range: `bytes=${offset}-${offset + length - 1}` },
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    if (response.status === 404) this.#gone();
    if (response.status !== 206) throw new Error(`tiles: ${response.status}`);
    return { data: await response.arrayBuffer() };
  }
}

/** The nearest tiles around a point, x and y: its own and those that a map of a few hundred metres reaches into. */
export function tilesAround(lat: number, lon: number): [number, number][] {
  const across = 2 ** ZOOM_MAX;
  const turn = (lat * Math.PI) / 180;
  const [x, y] = [((lon + 180) / 360) * across, ((1 - Math.asinh(Math.tan(turn)) / Math.PI) / 2) * across];
  const near = (at: number): number[] => [...new Set([Math.floor(at - 0.4), Math.floor(at), Math.floor(at + 0.4)])];
  return near(x).flatMap((column) => near(y).map((row): [number, number] => [column, row]));
}

/** Files by version: the one in use and the one before it, while its last tiles are on their way. */
const FILES_KEPT = 2;

export class TileFiles {
  readonly #files = new Map<string, PMTiles>();
  readonly #gone: () => void;

  constructor(gone: () => void) {
    this.#gone = gone;
  }

  /** The octets of a tile; none where the city has nothing to draw. */
  async tile(url: string, signal: AbortSignal): Promise<{ data: ArrayBuffer }> {
    const [version = '', zoom, x, y] = url.slice(PROTOCOL.length + 3).split('/');
    const found = await this.#file(decodeURIComponent(version)).getZxy(Number(zoom), Number(x), Number(y), signal);
    return { data: found?.data ?? new ArrayBuffer(0) };
  }

  #file(version: string): PMTiles {
    const known = this.#files.get(version);
    if (known) return known;
    const file = new PMTiles(new OwnServer(version, this.#gone));
    this.#files.set(version, file);
    for (const oldest of this.#files.keys()) {
      if (this.#files.size <= FILES_KEPT) break;
      this.#files.delete(oldest);
    }
    return file;
  }
}
