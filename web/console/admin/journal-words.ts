/* What an entry of the record changed, in words: what it was, and what it became. Pure: the words come along. */
export interface Told {
  readonly kind: string;
  readonly stream: string;
  readonly facts: Readonly<Record<string, string>>;
}

export interface Names {
  readonly field: (name: string) => string;
  readonly value: (field: string, value: string, of: Told) => string;
}

/** Names of the record itself: who it is about stands before, and a digest or a file says nothing to anybody. */
const HIDDEN: readonly string[] = ['account', 'digest', 'segment'];
/** What an account has until the next entry changes it. */
const LASTING: readonly string[] = ['roles', 'label', 'agency', 'unit'];

/** Each field as *name: value*, or *name: before → after* where an older entry tells what it was. `older` is the newest first. */
export function changeWords(one: Told, older: readonly Told[], names: Names): string[] {
  const { facts } = one;
  if (one.kind === 'pack.activated') {
    const version = (field: string): string => names.value('version', facts[field] ?? '0', one);
    return [`${names.field('version')}: ${version('before')} → ${version('number')}`];
  }
  const mine = one.kind === 'account.changed' ? older.filter((other) => other.facts['account'] === facts['account']) : [];
  return Object.entries(facts).flatMap(([field, value]) => {
    if (HIDDEN.includes(field)) return [];
    const was = LASTING.includes(field) ? mine.find((other) => other.facts[field] !== undefined)?.facts[field] : undefined;
    if (was === value) return [];
    const now = names.value(field, value, one);
    return [`${names.field(field)}: ${was === undefined ? now : `${names.value(field, was, one)} → ${now}`}`];
  });
}
