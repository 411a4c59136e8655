/* Where this window is: `#/armada` or `#/armada/67`. The screens that exist are the folders beside this file that have a
   Screen.svelte; each is a chunk of its own, loaded when first shown. */
import type { Component } from 'svelte';
import { keys } from '../ui/keyboard.svelte.ts';
import type { Where } from '../ui/keys.ts';
import type { Key } from '../ui/words.ts';
import type { Role } from '../wire/types.ts';

export interface Screen {
  readonly key: Where;
  readonly path: string;
  readonly digit: number;
  readonly label: Key;
  readonly roles: readonly Role[];
}

const PLANNED: readonly Screen[] = [
  { key: 'calls', path: 'panggilan', digit: 1, label: 'screen.calls', roles: ['call_taker', 'supervisor'] },
  { key: 'fleet', path: 'armada', digit: 2, label: 'screen.fleet', roles: ['dispatcher', 'supervisor'] },
  { key: 'agency', path: 'instansi', digit: 3, label: 'screen.agency', roles: ['agency_officer'] },
  { key: 'watch', path: 'pantau', digit: 5, label: 'screen.watch', roles: ['supervisor', 'evaluator', 'dispatcher'] },
  { key: 'evaluation', path: 'evaluasi', digit: 6, label: 'screen.evaluation', roles: ['supervisor', 'evaluator', 'agency_officer'] },
  { key: 'admin', path: 'atur', digit: 7, label: 'screen.admin', roles: ['admin', 'approver'] },
];

export interface ScreenProps {
  /** What follows the screen in the address, for example an incident's number. */
  readonly detail: string;
}

const files = import.meta.glob<{ default: Component<ScreenProps> }>('./*/Screen.svelte');

export const screens: readonly Screen[] = PLANNED.filter((screen) => `./${screen.key}/Screen.svelte` in files);

export function load(screen: Screen): Promise<{ default: Component<ScreenProps> }> {
  const file = files[`./${screen.key}/Screen.svelte`];
  return file ? file() : Promise.reject(new Error(`no screen ${screen.key}`));
}

export function allowed(roles: readonly Role[]): readonly Screen[] {
  return screens.filter((screen) => screen.roles.some((role) => roles.includes(role)));
}

class Router {
  path = $state('');
  detail = $state('');

  get screen(): Screen | undefined {
    return screens.find((screen) => screen.path === this.path);
  }

  go(path: string, detail = ''): void {
    this.#show(path, detail); // at once: the next key is meant for the new screen, and the browser tells of its address later
    location.hash = detail === '' ? `#/${path}` : `#/${path}/${encodeURIComponent(detail)}`;
  }

  read(): void {
    const [path = '', detail = ''] = location.hash.replace(/^#\/?/, '').split('/');
    this.#show(path, decodeURIComponent(detail));
  }

  #show(path: string, detail: string): void {
    const coming = path === this.path ? undefined : screens.find((screen) => screen.path === path);
    if (coming && coming.key !== 'watch') keys.expect(coming.key); // Pantau adds no keys: nothing would end the wait
    this.path = path;
    this.detail = detail;
  }
}

export const router = new Router();
router.read();
window.addEventListener('hashchange', () => router.read());
