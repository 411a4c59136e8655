/* What this viewer may read of a caller: a number whole, masked by the server, or not at all; words, or that they are not
   shared. */
import { phone } from '../../ui/format.ts';
import { textOf, type Sealed, type Task } from '../../wire/rows.ts';

export function shownNumber(number: Sealed | null | undefined): string {
  if (!number) return '';
  const { text, masked } = number as Sealed & { readonly masked?: string };
  return text ? phone(text) : (masked ?? '');
}

/** The complaint in quotes. Of a sensitive incident that another agency leads nobody's words are shared, and that is said:
 *  nothing between quotes would read as a caller who said nothing. */
export function shownComplaint(complaint: Sealed | null | undefined, is_sensitive: boolean, role: Task['role']): { readonly words: string } | 'withheld' | 'none' {
  const words = textOf(complaint);
  if (words !== '') return { words: `“${words}”` };
  return is_sensitive && role !== 'lead' ? 'withheld' : 'none';
}
