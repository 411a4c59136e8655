/* What changes while somebody looks is marked for a while, so that nobody reads past it. Elements that may be marked carry
   `data-news`; the rest of the page, its clocks above all, is left alone. */
import { t } from './i18n.svelte.ts';
import './fresh.css';

/** As long as the fading in fresh.css. */
const FRESH_MS = 20_000;

/** Marks what changes or comes within an element, until the returned function is called. */
export function markChanges(root: Element): () => void {
  const timers = new Map<HTMLElement, ReturnType<typeof setTimeout>>();
  const clear = (one: HTMLElement): void => {
    clearTimeout(timers.get(one));
    timers.delete(one);
    delete one.dataset.fresh;
  };
  const mark = (one: HTMLElement): void => {
    clearTimeout(timers.get(one));
    timers.set(one, setTimeout(() => clear(one), FRESH_MS));
    one.dataset.fresh = t('fresh');
    for (const fading of one.getAnimations()) fading.currentTime = 0;
  };
  const observer = new MutationObserver((records) => {
    for (const { target, addedNodes } of records) {
      const inside = (target instanceof Element ? target : target.parentElement)?.closest<HTMLElement>('[data-news]');
      if (inside) mark(inside);
      else for (const added of addedNodes) if (added instanceof HTMLElement && added.matches('[data-news]')) mark(added);
    }
  });
  observer.observe(root, { childList: true, characterData: true, subtree: true });
  return () => {
    observer.disconnect();
    for (const one of timers.keys()) clear(one);
  };
}
