/* What this person may open later is fetched while nothing else is to be done, into the browser's own cache: it is there
   when the link is not. A file never changes under its name, so none of them is asked for again. */

/** The screen itself comes first: this begins so long after it, and goes from file to file, in milliseconds. */
const AFTER_MS = 2_000;
const BETWEEN_MS = 30;

/** A file as the build lists it (`manifest.json`), with what it needs at once and what it may want later. */
interface Built {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

export type Manifest = Readonly<Record<string, Built>>;

/** The files of the console with these screens in that language, the nearest first, each after all that it needs at once:
 *  whose file is here can be shown. The map fetches its library itself, where the browser can draw it. */
export function filesOf(manifest: Manifest, screens: readonly string[], language: string): string[] {
  const is_wanted = (name: string): boolean => {
    const screen = /^console\/(\w+)\/Screen\.svelte$/.exec(name)?.[1];
    if (screen !== undefined) return screens.includes(screen);
    return name.startsWith('locales/') ? name.endsWith(`/${language}.json`) : name !== 'map/city-map.ts';
  };
  const names = new Set(['konsol.html', ...screens.map((screen) => `console/${screen}/Screen.svelte`)]);
  const met = new Set<string>();
  const files = new Set<string>();
  const add = (name: string): void => {
    const built = manifest[name];
    if (built === undefined || met.has(name)) return;
    met.add(name);
    for (const other of (built.imports ?? []).filter(is_wanted)) add(other);
    for (const one of [built.file, ...(built.css ?? [])]) files.add(one);
    for (const other of (built.dynamicImports ?? []).filter(is_wanted)) names.add(other);
  };
  for (const name of names) add(name);
  return [...files];
}

async function fetched(path: string): Promise<Response> {
  return fetch(path, { priority: 'low' } as RequestInit);
}

/** Begins; returns how it is stopped. What cannot be fetched is tried again when it is wanted. */
export function fetchAhead(screens: readonly string[], language: string): () => void {
  let is_wanted = true;
  const rest = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));
  const go = async (): Promise<void> => {
    await rest(AFTER_MS);
    const manifest = (await (await fetched('/manifest.json')).json()) as Manifest;
    for (const file of filesOf(manifest, screens, language)) {
      if (!is_wanted) return;
      await (await fetched(`/${file}`)).arrayBuffer();
      await rest(BETWEEN_MS);
    }
  };
  void go().catch(() => undefined);
  return () => {
    is_wanted = false;
  };
}
