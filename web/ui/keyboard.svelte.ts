/* The page's one keyboard listener, and how components add keys for as long as they are on screen. */
import { workstation } from './workstation.svelte.ts';
import { Keys, nameOf, type Binding } from './keys.ts';

export const keys = new Keys(() => performance.now());

class Keyboard {
  /** The chord that waits for its second key, for the hint in the command bar. */
  started = $state<string | null>(null);
  /** Changes when bindings come or go, so that the help overlay follows. */
  version = $state(0);
}

export const keyboard = new Keyboard();

/** Adds keys while the calling component lives: `$effect(() => useKeys([...]))`. */
export function useKeys(bindings: readonly Binding[]): () => void {
  const remove = keys.add(bindings);
  queueMicrotask(() => (keyboard.version += 1));
  return () => {
    remove();
    queueMicrotask(() => (keyboard.version += 1));
  };
}

function isField(element: Element | null): boolean {
  if (!(element instanceof HTMLElement)) return false;
  if (element.isContentEditable || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return true;
  return element instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range', 'submit'].includes(element.type);
}

/** A key that a focused button or link uses itself. */
function isPressOf(element: Element | null, name: string): boolean {
  if (element instanceof HTMLInputElement) return name === 'Space' || (name === 'Enter' && ['submit', 'button'].includes(element.type));
  const is_control = element instanceof HTMLButtonElement || element instanceof HTMLAnchorElement;
  return is_control && (name === 'Enter' || name === 'Space');
}

export function listen(): () => void {
  /* Not asked of the whole document at every key: it has ten thousand elements in a city under load. */
  const dialogs = document.getElementsByTagName('dialog');
  let popover: Element | null = null;
  const toggle = ({ target }: Event): void => {
    if (target instanceof HTMLElement && target.popover !== null) popover = target;
  };
  const down = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const name = nameOf(event);
    const focused = document.activeElement;
    if (isPressOf(focused, name)) return;
    keys.in_dialog = [...dialogs].some((dialog) => dialog.open);
    const lies_over = keys.in_dialog || popover?.matches(':popover-open') === true;
    if (lies_over && name === 'Escape') return; // the browser closes it
    keys.single_letters = workstation.single_letters;
    const outcome = keys.press(name, lies_over || isField(focused));
    keyboard.started = keys.started;
    if (outcome !== 'none') event.preventDefault();
  };
  document.addEventListener('keydown', down);
  document.addEventListener('beforetoggle', toggle, true);
  return () => {
    document.removeEventListener('keydown', down);
    document.removeEventListener('beforetoggle', toggle, true);
  };
}
