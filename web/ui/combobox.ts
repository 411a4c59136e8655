/* The keyboard of a combobox with a list below it, as a pure function: which option is active after a key, and what the
   key asks for. The list is ranked by whoever provides it; the first option is active so that Enter accepts it, unless its
   owner is not sure of it: then none is, Enter goes to it, and a second Enter accepts it. */

export type ComboAction = 'move' | 'accept' | 'close' | 'open' | 'ignore' | 'pass';

export interface ComboState {
  readonly open: boolean;
  readonly active: number;
  readonly count: number;
}

export interface ComboStep {
  readonly action: ComboAction;
  readonly active: number;
}

/** Rows that PageUp and PageDown move. */
const PAGE = 6;

export function comboKey(key: string, { open, active, count }: ComboState): ComboStep {
  const wrap = (to: number): ComboStep => ({ action: 'move', active: count === 0 ? -1 : (to + count) % count });
  const clamp = (to: number): ComboStep => ({ action: 'move', active: Math.min(count - 1, Math.max(0, to)) });
  if (!open) {
    const opens = key === 'ArrowDown' || key === 'ArrowUp';
    return { action: opens ? 'open' : 'pass', active };
  }
  switch (key) {
    case 'ArrowDown':
      return wrap(active + 1);
    case 'ArrowUp':
      return wrap(active < 0 ? count - 1 : active - 1);
    case 'PageDown':
      return clamp(active + PAGE);
    case 'PageUp':
      return clamp(active - PAGE);
    case 'Enter':
      return active >= 0 && active < count ? { action: 'accept', active } : wrap(0);
    case 'Escape':
      return { action: 'close', active: -1 };
    case 'Tab':
      return { action: 'ignore', active: -1 };
    default:
      return { action: 'pass', active };
  }
}
