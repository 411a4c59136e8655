/* Where a person goes after signing in. An address to come back to must be one of our own pages. */
import type { Me } from '../wire/types.ts';

const OWN = /^\/(konsol|lapangan)([?#].*)?$/;

export function placeOf(me: Me, search: string): string {
  const next = new URLSearchParams(search).get('next') ?? '';
  const is_crew = me.roles.every((role) => role === 'crew');
  if (OWN.test(next) && next.startsWith('/lapangan') === is_crew) return next;
  return is_crew ? '/lapangan' : '/konsol';
}
