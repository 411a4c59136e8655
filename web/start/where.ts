/* Where a person goes after signing in. An address to come back to must be one of our own pages. Also how the demo's
   accounts are shown: by the role that decides the first screen. */
import type { DemoAccount } from '../wire/plans.ts';
import type { Me, Role } from '../wire/types.ts';

const OWN = /^\/(konsol|lapangan)([?#].*)?$/;

/** Who `/?mulai` signs in as: takes calls and dispatches, so that one person sees the whole line. */
export const FIRST_PERSON = 'rina';

/** The roles that have a screen, the one that decides first. */
const ROLES: readonly Role[] = ['supervisor', 'call_taker', 'dispatcher', 'agency_officer', 'crew', 'evaluator'];
const SHOWN: readonly Role[] = ['call_taker', 'dispatcher', 'supervisor', 'agency_officer', 'crew', 'evaluator'];

export function placeOf(me: Me, search: string): string {
  const next = new URLSearchParams(search).get('next') ?? '';
  const is_crew = me.roles.every((role) => role === 'crew');
  if (OWN.test(next) && next.startsWith('/lapangan') === is_crew) return next;
  return is_crew ? '/lapangan' : '/konsol';
}

export function grouped(accounts: readonly DemoAccount[]): readonly { role: Role; accounts: readonly DemoAccount[] }[] {
  const first = (account: DemoAccount): Role | undefined => ROLES.find((role) => account.roles.includes(role));
  return SHOWN.map((role) => ({ role, accounts: accounts.filter((account) => first(account) === role) })).filter((group) => group.accounts.length > 0);
}
