/* What a triage protocol asks and does, in sentences: who signs it reads questions and steps, no source. Pure: the words come
   along. */
import type { Remark, Text } from '../../wire/plans.ts';
import type { ProtocolNamed, Signature } from '../../wire/rows.ts';
import type { AdminKey } from './words.svelte.ts';

/** A protocol of the version in use, whose signatures it needs, and who signed these words. */
interface Standing extends ProtocolNamed {
  readonly authority: readonly Remark[];
  readonly signed_by: string | null;
}
type Given = Pick<Signature, 'protocol' | 'version' | 'digest' | 'authority'>;

/** What a signature calls the authority: its name in the city's own language. */
export const officeOf = (one: Remark): string => (typeof one === 'string' ? one : one.id);

/** The signatures under exactly these words. */
export function signaturesOf<One extends Given>(words: ProtocolNamed, signatures: readonly One[]): readonly One[] {
  return signatures.filter((one) => one.protocol === words.protocol && one.version === words.version && one.digest === words.digest);
}

/** How many are still to come: one for each authority; one that names none, from before, counts as one. As `core.signatures`. */
export function lackingOf(authority: readonly string[], given: readonly Given[]): number {
  if (given.length === 0) return Math.max(1, authority.length);
  const open = authority.filter((name) => !given.some((one) => one.authority === name)).length;
  return Math.max(0, open - given.filter((one) => one.authority === '').length);
}

/** As whom this account may still sign these words: the authority it signed as before, one that the city still has. */
export function officesOf(words: ProtocolNamed & { readonly authority: readonly string[] }, signatures: readonly Signature[], me: string, offices: readonly string[]): readonly string[] {
  const given = signaturesOf(words, signatures);
  if (lackingOf(words.authority, given) === 0 || given.some((one) => one.signer === me)) return [];
  const own = signatures.find((one) => one.signer === me && offices.includes(one.authority))?.authority;
  return words.authority.filter((name) => !given.some((one) => one.authority === name) && (own === undefined || own === name));
}

/** Those that not every authority signed, in the pack's files or since. */
export function unsignedOf<One extends Standing>(protocols: readonly One[], signatures: readonly Given[]): readonly One[] {
  return protocols.filter((one) => one.signed_by === null && lackingOf(one.authority.map(officeOf), signaturesOf(one, signatures)) > 0);
}

type Answers = Readonly<Record<string, readonly string[]>>;

/** `cities.taxonomy.Rule`, without what nobody wrote. */
export interface Rule {
  readonly answer?: readonly string[];
  readonly at_least?: number;
  readonly at_most?: number;
  readonly also?: Answers;
  readonly priority?: string;
  readonly step_up?: number;
  readonly add?: readonly string[];
  readonly protocol?: string;
  readonly nature?: string;
  readonly flags?: readonly string[];
  readonly instructions?: string;
  readonly script?: string;
  readonly supervisor?: boolean;
  readonly shield_desk?: boolean;
  readonly leave?: boolean;
  readonly note?: Remark;
}

export interface Asked {
  readonly key: string;
  readonly text: Text;
  readonly answer: 'yes_no' | 'number' | 'choice' | 'text';
  readonly options?: readonly { readonly key: string; readonly text: Text }[];
  readonly rules?: readonly Rule[];
  readonly unless?: Answers;
}

export interface ReadOut {
  readonly key: string;
  readonly name: Text;
  readonly lines?: readonly Text[];
  readonly meanwhile?: string;
  readonly metronome_per_min?: number;
  readonly note?: Remark;
}

export interface Names {
  readonly say: (key: AdminKey, params?: Readonly<Record<string, string | number>>) => string;
  readonly text: (text: Text) => string;
  /** Yes, no and not known. */
  readonly answer: (key: string) => string;
  readonly agency: (key: string) => string;
  readonly nature: (code: string) => string;
  readonly script: (key: string) => string;
}

/** A remark in the language of the page, where it has one. */
export const remarkWords = (note: Remark, names: Names): string => (typeof note === 'string' ? note : names.text(note));

/** Answers by their words, with *or* between them. */
export function answerWords(keys: readonly string[], question: Asked | undefined, names: Names): string {
  const word = (key: string): string => {
    const option = question?.options?.find((one) => one.key === key);
    return option ? names.text(option.text) : names.answer(key);
  };
  return keys.map(word).join(` ${names.say('ask.or')} `);
}

/** All that may be answered. */
export function choicesOf(question: Asked, names: Names): string {
  if (question.answer === 'number' || question.answer === 'text') return names.say(`ask.kind.${question.answer}`);
  const keys = question.answer === 'yes_no' ? ['yes', 'no', 'unknown'] : (question.options ?? []).map((one) => one.key);
  return keys.map((key) => answerWords([key], question, names)).join(', ');
}

/** When a rule holds: *If yes, and “Awake?” was answered no*. */
export function whenWords(rule: Rule, question: Asked, asked: readonly Asked[], names: Names): string {
  const [low, high] = [rule.at_least, rule.at_most];
  const range = low !== undefined && high !== undefined ? names.say('ask.between', { low, high }) : low !== undefined ? names.say('ask.at_least', { low }) : high !== undefined ? names.say('ask.at_most', { high }) : '';
  const said = [range, rule.answer ? answerWords(rule.answer, question, names) : ''].filter((one) => one !== '').join(` ${names.say('ask.or')} `);
  const first = said === '' ? names.say('ask.any') : names.say('ask.if', { answers: said });
  return [first, ...others(rule.also, asked, names).map((params) => names.say('ask.also', params))].join(', ');
}

/** Why a question is left out; one sentence for each question that decides it. */
export function unlessWords(question: Asked, asked: readonly Asked[], names: Names): string[] {
  return others(question.unless, asked, names).map((params) => names.say('ask.unless', params));
}

function others(answers: Answers | undefined, asked: readonly Asked[], names: Names): { question: string; answers: string }[] {
  return Object.entries(answers ?? {}).map(([key, given]) => {
    const other = asked.find((one) => one.key === key);
    return { question: other ? names.text(other.text) : key, answers: answerWords(given, other, names) };
  });
}

/** What a rule does, part by part. */
export function doneWords(rule: Rule, read_out: readonly ReadOut[], names: Names): string[] {
  const { say } = names;
  const instructions = read_out.find((one) => one.key === rule.instructions);
  return [
    rule.priority && say('ask.do.priority', { priority: rule.priority }),
    rule.step_up && say('ask.do.step_up', { n: rule.step_up }),
    rule.nature && say('ask.do.nature', { nature: names.nature(rule.nature) }),
    rule.add && say('ask.do.add', { agencies: rule.add.map(names.agency).join(', ') }),
    rule.instructions && say('ask.do.instructions', { name: instructions ? names.text(instructions.name) : rule.instructions }),
    rule.script && say('ask.do.script', { script: names.script(rule.script) }),
    rule.protocol && say('ask.do.protocol', { protocol: rule.protocol }),
    rule.flags && say('ask.do.flags', { flags: rule.flags.join(', ') }),
    rule.supervisor && say('ask.do.supervisor'),
    rule.shield_desk && say('ask.do.shield_desk'),
    rule.leave && say('ask.do.leave'),
  ].filter((one): one is string => typeof one === 'string');
}
