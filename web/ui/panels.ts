/* F6 and Shift+F6: from panel to panel in reading order, to its map, to the first control in it or to the panel itself. */

const FIRST = 'input:not([disabled]), textarea:not([disabled]), [role="listbox"][tabindex="0"], [aria-activedescendant], button:not([disabled]), a[href]';

export function nextPanel(step: 1 | -1): void {
  const panels = [...document.querySelectorAll<HTMLElement>('[data-panel]')].filter((panel) => panel.offsetParent !== null);
  const at = panels.findIndex((panel) => panel.contains(document.activeElement));
  const from = at < 0 && step < 0 ? 0 : at;
  const panel = panels[(from + step + panels.length) % panels.length];
  (panel?.querySelector<HTMLElement>('canvas[tabindex="0"]') ?? panel?.querySelector<HTMLElement>(FIRST) ?? panel)?.focus();
}
