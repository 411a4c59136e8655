/* Whether the server serves another version of this page than the one that runs. When it is looked for besides, and when it
   is taken, is a chunk of its own (`console/keep-version.svelte.ts`), which the old page may not get any more. */

/** The page's own scripts: their names change with their content. */
function scriptsOf(page: Document): string {
  return [...page.querySelectorAll('script[src]')].map((script) => script.getAttribute('src') ?? '').sort().join(' ');
}

class Newer {
  is_there = $state(false);

  async look(): Promise<void> {
    try {
      const answer = await fetch(location.pathname, { cache: 'no-store', credentials: 'same-origin' });
      if (!answer.ok) return;
      const served = scriptsOf(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      this.is_there = served !== '' && served !== scriptsOf(document);
    } catch {
      /* away: looked at again when the link is back */
    }
  }
}

export const newer = new Newer();
