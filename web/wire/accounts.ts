/* Users and roles, the audit trail, backups: what only an administrator asks. Apart from api.ts, because no other page does. */
import { ask, commandId, type Answer } from './api.ts';
import type { Role } from './types.ts';

export interface AskedRoles {
  readonly roles: readonly Role[];
  readonly asker: string;
  readonly asked_by: string;
  readonly asked_at: string;
  readonly reason: string;
}

export interface Account {
  readonly key: string;
  readonly name: string;
  readonly label: string;
  readonly roles: readonly Role[];
  readonly agency: string | null;
  readonly unit: string | null;
  readonly blocked: boolean;
  readonly asked: AskedRoles | null;
  /** How many events it has: sent with every change, so that nobody overwrites what they have not seen. */
  readonly version: number;
  readonly changed_by: string;
  readonly changed_at: string | null;
  readonly reason: string;
  readonly desk: string | null;
  readonly has_page: boolean;
  readonly one_time_until: string | null;
}

export interface AccountPage {
  readonly accounts: readonly Account[];
  readonly total: number;
  readonly waiting: number;
  readonly administrators: number;
}

export interface AccountFact {
  readonly at: string;
  readonly by: string;
  readonly kind: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface AccountHistory {
  readonly account: Account;
  readonly history: readonly AccountFact[];
}

export interface AccountDone {
  readonly outcome: 'done';
  readonly events: readonly string[];
  readonly account: Account;
  /** Told once: for a single use. */
  readonly password?: string;
}

interface Of {
  readonly account: string;
  readonly reason: string;
}
interface Over extends Of {
  readonly base: number;
}
interface Rights {
  readonly label: string;
  readonly roles: readonly Role[];
  readonly agency: string | null;
  readonly unit: string | null;
}
export type AccountCommand =
  | (Of & Rights & { readonly type: 'account.open'; readonly name: string })
  | (Over & Rights & { readonly type: 'account.change' })
  | (Omit<Over, 'reason'> & { readonly type: 'account.agree'; readonly note: string })
  | (Over & { readonly type: 'account.withdraw' | 'account.block' | 'account.unblock' })
  | (Of & { readonly type: 'account.sign_out' | 'account.reset_password' });

export interface AccountsAsked {
  readonly q?: string;
  readonly role?: string;
  readonly state?: string;
  readonly first?: number;
}

export interface JournalEntry {
  readonly position: number;
  readonly at: string;
  readonly recorded_at: string;
  readonly agent: string;
  readonly agent_name: string;
  readonly stream: string;
  readonly kind: string;
  readonly facts: Readonly<Record<string, string>>;
}

export interface JournalPage {
  readonly entries: readonly JournalEntry[];
  readonly before: number | null;
  readonly looked_at: number;
}

export interface JournalAsked {
  readonly agent?: string;
  readonly incident?: string;
  readonly noun?: string;
  readonly since?: string;
  readonly until?: string;
  readonly before?: number;
  readonly reason?: string;
}

export interface Reading {
  readonly viewer: string;
  readonly viewer_name: string;
  readonly what: string;
  readonly reason: string;
  readonly at: string;
}

export interface BackupFile {
  readonly name: string;
  readonly octets: number;
  readonly made_at: string | null;
  readonly events: number | null;
  readonly checked_at: string | null;
  readonly is_whole: boolean | null;
  readonly problem: string;
}

export interface BackupWork {
  readonly what: 'backup' | 'check';
  readonly name: string;
  readonly since: string;
  readonly problem: string;
}

export interface Backups {
  readonly folder: string;
  readonly files: readonly BackupFile[];
  readonly kept_most: number;
  readonly free_octets: number;
  readonly running: BackupWork | null;
  readonly failed: BackupWork | null;
}

function query(asked: object): string {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}

export const office = {
  accounts: (asked: AccountsAsked): Promise<Answer<AccountPage>> => ask('GET', `/api/accounts${query(asked)}`),
  account: (key: string): Promise<Answer<AccountHistory>> => ask('GET', `/api/accounts/${encodeURIComponent(key)}`),
  change: (command: AccountCommand): Promise<Answer<AccountDone>> => ask('POST', '/api/accounts', { id: commandId(), command }),
  journal: (asked: JournalAsked): Promise<Answer<JournalPage>> => ask('GET', `/api/journal${query(asked)}`),
  journal_url: (asked: JournalAsked): string => `/api/journal.csv${query(asked)}`,
  readings: (asked: { readonly agent?: string; readonly what?: string }): Promise<Answer<readonly Reading[]>> => ask('GET', `/api/accesses${query(asked)}`),
  backups: (): Promise<Answer<Backups>> => ask('GET', '/api/backups'),
  backup: (): Promise<Answer<Backups>> => ask('POST', '/api/backups', {}),
  check: (name: string): Promise<Answer<Backups>> => ask('POST', `/api/backups/${encodeURIComponent(name)}/check`, {}),
};
