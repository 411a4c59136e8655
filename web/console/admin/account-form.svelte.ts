/* What an administrator is about to change of one account: the typed values, over which version, and, when somebody else
   was first, what they made of it. */
import type { Account } from '../../wire/accounts.ts';
import type { Role } from '../../wire/types.ts';

/** Roles that people can have, in the order of a shift. */
export const ROLES = ['call_taker', 'dispatcher', 'supervisor', 'agency_officer', 'crew', 'evaluator', 'admin', 'approver'] as const satisfies readonly Role[];
/** Roles that two people give. */
export const GUARDED: readonly Role[] = ['admin', 'approver'];

export type Field = 'label' | 'roles' | 'agency' | 'unit';

export class AccountForm {
  name = $state('');
  label = $state('');
  roles = $state<Role[]>([]);
  agency = $state('');
  unit = $state('');
  reason = $state('');
  base = $state(0);
  /** The account as somebody else left it meanwhile. */
  theirs = $state.raw<Account | null>(null);

  constructor(account: Account | null) {
    if (account) this.take(account);
  }

  take(account: Account): void {
    this.name = account.name;
    this.label = account.label;
    this.roles = [...account.roles];
    this.agency = account.agency ?? '';
    this.unit = account.unit ?? '';
    this.base = account.version;
    this.theirs = null;
  }

  /** What was typed stays, knowingly over what the other one made of it. */
  keep_mine(): void {
    if (this.theirs) this.base = this.theirs.version;
    this.theirs = null;
  }

  toggle(role: Role): void {
    this.roles = this.roles.includes(role) ? this.roles.filter((one) => one !== role) : ROLES.filter((one) => one === role || this.roles.includes(one));
  }

  get needs_agency(): boolean {
    return this.roles.includes('agency_officer') || this.roles.includes('crew');
  }

  get needs_unit(): boolean {
    return this.roles.includes('crew');
  }

  get is_ready(): boolean {
    return this.theirs === null && this.name.trim() !== '' && this.roles.length > 0 && this.reason.trim() !== '' && (!this.needs_agency || this.agency !== '') && (!this.needs_unit || this.unit !== '');
  }

  get rights(): { label: string; roles: readonly Role[]; agency: string | null; unit: string | null } {
    return { label: this.label.trim(), roles: this.roles, agency: this.agency || null, unit: this.unit || null };
  }

  /** Where the other's values are not the typed ones. */
  differs(field: Field): boolean {
    if (!this.theirs) return false;
    if (field === 'roles') return this.theirs.roles.join() !== this.roles.join();
    return (this.theirs[field] ?? '') !== this[field];
  }
}
