/* What is wrong with the switches themselves, as their health says it, for whoever is in charge: calls go on, but
   something was lost or will be, and no software puts it right. A pure function of what was told. */
import type { SwitchHealth } from '../wire/voice.ts';

export const SYSTEM_CAUSES = ['spool_failing', 'spool_damaged', 'unreadable', 'set_aside', 'faults'] as const;
export type SystemCause = (typeof SYSTEM_CAUSES)[number];

export interface Trouble {
  /** Another one when it got worse: whoever took the alarm is told again. */
  readonly key: string;
  readonly cause: SystemCause;
  /** What an engineer looks for: a file, a number of rows, the place in the program. */
  readonly subject: string;
  /** Of another node, its address. */
  readonly node: string;
  readonly since: string;
}

/** Everything that is wrong at our own switch and at those of other nodes; `heard_at` serves where no time was told. */
export function troublesOf(own: SwitchHealth | null | undefined, others: Readonly<Record<string, SwitchHealth | null>> | undefined, heard_at: (key: string) => string): Trouble[] {
  return [['', own ?? null] as const, ...Object.entries(others ?? {})].flatMap(([node, told]) => (told === null ? [] : ofSwitch(node, told, heard_at)));
}

function ofSwitch(node: string, told: SwitchHealth, heard_at: (key: string) => string): Trouble[] {
  const found: Trouble[] = [];
  const add = (cause: SystemCause, subject: string, since?: string): void => {
    const key = `${cause}:${node}:${cause === 'spool_failing' ? '' : subject}`;
    found.push({ key, cause, subject, node, since: since ?? heard_at(key) });
  };
  if (told.spool_failing_since != null) add('spool_failing', told.spool_error ?? '', told.spool_failing_since);
  if (told.spool_damaged != null) add('spool_damaged', told.spool_damaged);
  if ((told.unreadable ?? 0) > 0) add('unreadable', String(told.unreadable));
  if ((told.set_aside ?? 0) > 0) add('set_aside', String(told.set_aside));
  const causes = Object.keys(told.fault_causes ?? {});
  if (causes.length > 0) add('faults', causes.join(' · '));
  return found;
}
