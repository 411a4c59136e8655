/* A number as this viewer may read it: whole, masked by the server, or not at all. */
import { phone } from '../../ui/format.ts';
import type { Sealed } from '../../wire/rows.ts';

export function shownNumber(number: Sealed | null | undefined): string {
  if (!number) return '';
  const { text, masked } = number as Sealed & { readonly masked?: string };
  return text ? phone(text) : (masked ?? '');
}
