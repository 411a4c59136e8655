/* Reads a task aloud, for a crew that drives: by the voice that the device itself has, so that it works without a network.
   A voice that would send the words to somebody's server is never used. Free of the browser: what speaks comes in. */

export interface Voice {
  readonly lang: string;
  readonly localService: boolean;
}

/** The device's own voice for that language, else any own one that speaks it nearly (Malay for Indonesian). */
export function ownVoice<V extends Voice>(voices: readonly V[], language: 'id' | 'en'): V | null {
  const own = voices.filter((voice) => voice.localService);
  const speaks = (prefix: string): V | undefined => own.find(({ lang }) => lang.toLowerCase().replace('_', '-').startsWith(prefix));
  return speaks(language) ?? (language === 'id' ? (speaks('in') ?? speaks('ms')) : undefined) ?? null;
}

/** What is said: number figure by figure, no sign that a voice would spell. */
export function spoken(parts: readonly string[]): string {
  return parts
    .map((part) => part.replaceAll(/[“”"'<>{}[\]|_*#]/g, ' ').replaceAll(/\s+/g, ' ').trim())
    .filter((part) => part !== '')
    .join('. ');
}
