/* Which roads a closure would shut, in words. */
import { t } from '../../ui/i18n.svelte.ts';
import type { ShutShown } from '../../wire/naming.ts';

export function toldShut({ pieces, names, more }: ShutShown): string {
  if (pieces === 0) return t('roads.shuts.none');
  const said = t('roads.shuts', { n: pieces });
  if (names.length === 0) return `${said}.`;
  return `${said}: ${names.join(', ')}${more > 0 ? ` ${t('roads.shuts.more', { n: more })}` : ''}.`;
}
