/* A newer version of this page is served; what looks for it is a chunk of its own (`console/keep-version.svelte.ts`). */
class Newer {
  is_there = $state(false);
}

export const newer = new Newer();
