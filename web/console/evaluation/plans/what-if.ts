/* What is asked of the twin and what it answers, in numbers and words. */
import { show } from '../../../ui/i18n.svelte.ts';
import type { ChangeOf } from '../../../wire/rows.ts';
import { NONE, percent, seconds, signed } from '../say.ts';
import { say, type EvaluationKey } from '../words.svelte.ts';

export interface Choices {
  readonly units: readonly { readonly key: string; readonly label: { readonly id: string; readonly en: string }; readonly agency: string; readonly kind: string; readonly post: string }[];
  readonly places: readonly { readonly key: string; readonly name: string }[];
}
export const KINDS = ['add', 'remove', 'move', 'close', 'closest'] as const;
export type Kind = (typeof KINDS)[number];
export interface Change {
  readonly kind: Kind;
  readonly unit: string;
  readonly place: string;
  readonly point: string;
}
export interface Difference {
  readonly name: 'incidents' | 'mean_s' | 'p50_s' | 'p90_s' | 'within' | 'waited' | 'nobody' | 'kilometres' | 'busy';
  readonly before: number;
  readonly after: number;
  readonly change: number;
  readonly low: number;
  readonly high: number;
}
export interface Criterion {
  readonly name: string;
  readonly asked: string;
  readonly found: string;
  readonly holds: boolean;
  readonly miss: number;
  readonly unit: '' | 'percent' | 'points' | 's' | 'days' | 'areas' | 'changes';
  readonly about: string;
}
export interface Answer {
  readonly change: string;
  readonly recorded: number;
  readonly days: number;
  readonly replications: number;
  readonly replication_days: number;
  readonly limit_s: number;
  readonly roads: string;
  readonly replay: readonly Difference[];
  readonly generated: readonly Difference[];
  readonly valid: boolean;
  readonly acceptance: readonly Criterion[];
}

/** What a past change needs besides its day. */
export const NEEDS: Readonly<Record<ChangeOf, 'units' | 'post' | 'rule' | 'point'>> = { unit_added: 'units', unit_removed: 'units', post_opened: 'post', post_closed: 'post', rule_changed: 'rule', road_closed: 'point', road_opened: 'point' };
export const CHANGES_OF = Object.keys(NEEDS) as ChangeOf[];

/** The question as the server takes it. A unit that is added is like the last one that was named for it. */
export function bodyOf(changes: readonly Change[], how: { readonly minutes: number; readonly replications: number; readonly days: number; readonly rain: number }): unknown {
  const of = (kind: Kind): readonly Change[] => changes.filter((one) => one.kind === kind);
  const like = of('add').at(-1)?.unit;
  return {
    add_units: of('add').map((one) => one.place),
    ...(like === undefined ? {} : { like }),
    remove_units: of('remove').map((one) => one.unit),
    posts: of('move').map((one) => `${one.unit}=${one.place}`),
    closed: of('close').map((one) => one.point),
    rule: of('closest').length > 0 ? 'closest' : 'core',
    ...how,
  };
}

const SHARES: readonly string[] = ['within', 'waited', 'nobody', 'busy'];

export function figureOf(name: Difference['name'], value: number | null): string {
  if (value === null) return NONE;
  return SHARES.includes(name) ? percent(value, 1) : name.endsWith('_s') ? seconds(value) : show.number(value, 1);
}
/** A difference: signed, in the figure's own unit; shares in points. */
export function said(name: Difference['name'], value: number | null): string {
  if (value === null) return NONE;
  if (SHARES.includes(name)) return `${signed(value * 100, 2)} %`;
  return name.endsWith('_s') ? `${signed(value, 1)} ${say('unit_s')}` : signed(value, 2);
}

/* The test's findings come in English, as the terminal has them; their numbers are the same in every language. */
const FOUND: readonly (readonly [RegExp, EvaluationKey])[] = [
  [/^(\S+) days after (\S+)$/, 'found.days'],
  [/^(\S+) incidents$/, 'found.incidents'],
  [/^(\S+) s for (\S+) s \((\S+ to \S+)\), (\S+) s without it$/, 'found.change'],
  [/^fewer than (\d+) days on one side of it$/, 'found.side'],
  [/^nobody came to (\S+%) more/, 'found.nobody'],
  [/^(\d+) of (\d+)$/, 'found.of'],
  [/^(\S+) s for (\S+) s \((\S+)\), (\S+)$/, 'found.quantile'],
  [/^(\S+%) for (\S+%)$/, 'found.share'],
  [/^(\S+) points off at (\S+)$/, 'found.points'],
  [/^only (\d+) with enough incidents$/, 'found.few'],
  [/^(\S+) over (\d+)$/, 'found.over'],
  [/^none is noted/, 'found.none'],
];

export function foundSaid(text: string): string {
  for (const [pattern, key] of FOUND) {
    const found = pattern.exec(text);
    if (found) return say(key, { a: found[1] ?? '', b: found[2] ?? '', c: found[3] ?? '', d: found[4] ?? '' });
  }
  return text;
}

/** By how much a line fails, in its own unit. */
export function missSaid(one: Criterion): string {
  const amount = show.number(one.miss, one.unit === '' ? 3 : one.unit === 'percent' || one.unit === 'points' ? 1 : 0);
  return one.unit === '' ? amount : `${amount} ${say(`miss.${one.unit}`)}`;
}

/** "2026-10-12 unit_added AMB03" in words. */
export function aboutSaid(about: string): string {
  const [day = '', what = '', ...named] = about.split(' ');
  return CHANGES_OF.includes(what as ChangeOf) ? [day, say(`change.${what as ChangeOf}`), ...named].join(' ') : about;
}
