/* The command line: VERB [unit…] [incident] [text]. A pure function from a typed line to what is meant, or to the reason
   why it is not understood. Separators are space, dot and comma; case is ignored; zero padding is free (amb3 = AMB03);
   the open incident is implied. A wrong unit or incident is refused, never corrected silently. */
import type { Language } from './format.ts';
import type { Progress } from '../wire/rows.ts';
import type { Key, Params } from './words.ts';

/** What the parser may know: the names that exist, and what is open. */
export interface Known {
  readonly language: Language;
  readonly units: readonly string[];
  readonly incidents: readonly number[];
  /** Closed ones: to be looked at, by their number alone or with `I`. */
  readonly closed: readonly number[];
  /** Agencies by the words people type: key, short name. */
  readonly agencies: Readonly<Record<string, string>>;
  /** Hospitals by the words people type. */
  readonly hospitals: Readonly<Record<string, string>>;
  readonly open_incident: number | null;
}

export type Intent =
  | { readonly verb: 'assign'; readonly units: readonly string[]; readonly incident: number }
  | { readonly verb: 'pre_alert'; readonly units: readonly string[]; readonly incident: number }
  | { readonly verb: 'message'; readonly unit: string; readonly text: string }
  | { readonly verb: 'message_agency'; readonly agency: string; readonly incident: number; readonly text: string }
  | { readonly verb: 'progress'; readonly units: readonly string[]; readonly progress: Progress; readonly destination: string | null }
  | { readonly verb: 'release'; readonly units: readonly string[]; readonly incident: number | null }
  | { readonly verb: 'swap'; readonly from: string; readonly to: string; readonly incident: number }
  | { readonly verb: 'break_down'; readonly unit: string }
  | { readonly verb: 'mass'; readonly incident: number }
  | { readonly verb: 'out_of_service'; readonly unit: string; readonly text: string }
  | { readonly verb: 'unit'; readonly unit: string }
  | { readonly verb: 'incident'; readonly incident: number }
  | { readonly verb: 'note'; readonly incident: number; readonly text: string }
  | { readonly verb: 'priority'; readonly incident: number; readonly priority: number }
  | { readonly verb: 'classify'; readonly incident: number; readonly nature: string }
  | { readonly verb: 'link'; readonly incident: number; readonly into: number }
  | { readonly verb: 'callback'; readonly incident: number }
  | { readonly verb: 'agency'; readonly incident: number; readonly agencies: readonly string[] }
  | { readonly verb: 'close'; readonly incident: number; readonly text: string }
  | { readonly verb: 'close_roads'; readonly text: string }
  | { readonly verb: 'open_roads'; readonly text: string }
  | { readonly verb: 'map_window' }
  | { readonly verb: 'screen'; readonly screen: number }
  | { readonly verb: 'search'; readonly text: string }
  | { readonly verb: 'undo' }
  | { readonly verb: 'help'; readonly about: string };

export type Reading =
  | { readonly understood: true; readonly intent: Intent }
  | { readonly understood: false; readonly error: Key; readonly params: Params };

interface Word {
  readonly text: string;
  readonly end: number;
}

/** The line after its verb, read from left to right. */
class Rest {
  readonly known: Known;
  readonly line: string;
  #words: Word[];
  #end: number;

  constructor(line: string, words: Word[], known: Known) {
    this.line = line;
    this.known = known;
    this.#end = words[0]?.end ?? 0;
    this.#words = words.slice(1);
  }

  peek(): string | undefined {
    return this.#words[0]?.text;
  }

  take(): string | undefined {
    const word = this.#words.shift();
    if (word) this.#end = word.end;
    return word?.text;
  }

  /** What is left, as it was typed. */
  text(): string {
    const text = this.line.slice(this.#end).replace(/^[\s.,]+/, '').trimEnd();
    this.#words = [];
    return text;
  }
}

class Misread extends Error {
  readonly key: Key;
  readonly params: Params;
  constructor(key: Key, params: Params = {}) {
    super(key);
    this.key = key;
    this.params = params;
  }
}

export interface Verb {
  readonly id: string;
  /** English alias; null where the Indonesian one serves both. */
  readonly en: string | null;
  readonly label: Key;
  readonly example: string;
  readonly read: (rest: Rest) => Intent;
}

function step(progress: Exclude<Progress, 'assigned'>, id: string, en: string): Verb {
  return {
    id,
    en,
    label: `command.verb.progress_${progress}`,
    example: progress === 'transporting' ? `${id} AMB03 KARIADI` : `${id} AMB03`,
    read: (rest) => ({
      verb: 'progress',
      units: units(rest),
      progress,
      destination: progress === 'transporting' ? hospital(rest) : null,
    }),
  };
}

export const VERBS: readonly Verb[] = [
  { id: 'T', en: 'D', label: 'command.verb.assign', example: 'T AMB03 DMK01 67', read: (rest) => ({ verb: 'assign', units: units(rest), incident: incident(rest) }) },
  { id: 'PRA', en: 'PA', label: 'command.verb.pre_alert', example: 'PRA AMB03 67', read: (rest) => ({ verb: 'pre_alert', units: units(rest), incident: incident(rest) }) },
  step('accepted', 'TR', 'AK'),
  step('departed', 'B', 'E'),
  step('on_scene', 'TB', 'A'),
  step('at_patient', 'PS', 'PT'),
  step('transporting', 'BW', 'TP'),
  step('at_hospital', 'RS', 'AH'),
  step('handed_over', 'ST', 'HO'),
  step('clear', 'S', 'C'),
  { id: 'LP', en: 'RL', label: 'command.verb.release', example: 'LP AMB03 67', read: (rest) => ({ verb: 'release', units: units(rest), incident: numbered(rest) }) },
  { id: 'GT', en: 'SW', label: 'command.verb.swap', example: 'GT AMB03 AMB07 67', read: (rest) => ({ verb: 'swap', from: unit(rest), to: unit(rest), incident: incident(rest) }) },
  { id: 'X', en: 'OS', label: 'command.verb.out_of_service', example: 'X AMB07 bengkel', read: (rest) => ({ verb: 'out_of_service', unit: unit(rest), text: text(rest) }) },
  { id: 'MG', en: 'BD', label: 'command.verb.break_down', example: 'MG AMB03', read: (rest) => ({ verb: 'break_down', unit: unit(rest) }) },
  { id: 'MASSAL', en: 'MASS', label: 'command.verb.mass', example: 'MASSAL 67', read: (rest) => ({ verb: 'mass', incident: incident(rest) }) },
  { id: 'I', en: null, label: 'command.verb.incident', example: 'I 67', read: (rest) => ({ verb: 'incident', incident: looked(rest) }) },
  { id: 'U', en: null, label: 'command.verb.unit', example: 'U AMB03', read: (rest) => ({ verb: 'unit', unit: unit(rest) }) },
  { id: 'K', en: 'N', label: 'command.verb.note', example: 'K 67 masuk gerbang belakang', read: (rest) => ({ verb: 'note', incident: incident(rest), text: text(rest) }) },
  { id: 'PR', en: null, label: 'command.verb.priority', example: 'PR 67 1', read: priority },
  { id: 'KAT', en: 'CAT', label: 'command.verb.classify', example: 'KAT 67 MED-01', read: (rest) => ({ verb: 'classify', incident: incident(rest), nature: nature(rest) }) },
  { id: 'GB', en: 'LK', label: 'command.verb.link', example: 'GB 61 67', read: link },
  { id: 'TEL', en: 'CB', label: 'command.verb.callback', example: 'TEL 67', read: (rest) => ({ verb: 'callback', incident: incident(rest) }) },
  { id: 'PSN', en: 'MSG', label: 'command.verb.message', example: 'PSN DMK01 hidran di utara', read: message },
  { id: 'IN', en: 'AG', label: 'command.verb.agency', example: 'IN POLISI 67', read: (rest) => ({ verb: 'agency', agencies: agencies(rest), incident: incident(rest) }) },
  { id: 'TUTUP', en: 'CL', label: 'command.verb.close', example: 'TUTUP 67 teratasi', read: (rest) => ({ verb: 'close', incident: incident(rest), text: rest.text() }) },
  { id: 'JT', en: 'RC', label: 'command.verb.close_roads', example: 'JT kaligawe', read: (rest) => ({ verb: 'close_roads', text: rest.text() }) },
  { id: 'JB', en: 'RO', label: 'command.verb.open_roads', example: 'JB kaligawe', read: (rest) => ({ verb: 'open_roads', text: rest.text() }) },
  { id: 'LAYAR', en: 'GO', label: 'command.verb.screen', example: 'LAYAR 2', read: screen },
  { id: 'JENDELA', en: 'WINDOW', label: 'command.verb.map_window', example: 'JENDELA', read: () => ({ verb: 'map_window' }) },
  { id: 'C', en: 'F', label: 'command.verb.search', example: 'C pandanaran', read: (rest) => ({ verb: 'search', text: text(rest) }) },
  { id: 'BATAL', en: 'UNDO', label: 'command.verb.undo', example: 'BATAL', read: () => ({ verb: 'undo' }) },
  { id: '?', en: null, label: 'command.verb.help', example: '? T', read: (rest) => ({ verb: 'help', about: rest.text() }) },
];

/** Reads a line. An empty line asks for help. */
export function parse(line: string, known: Known): Reading {
  const words = [...line.matchAll(/[^\s.,]+/g)].map((match): Word => ({ text: match[0], end: match.index + match[0].length }));
  const first = words[0]?.text;
  if (first === undefined) return { understood: true, intent: { verb: 'help', about: '' } };
  try {
    if (/^\d+$/.test(first)) return alone(words, line, known);
    const verb = verbOf(first, known.language);
    if (!verb) throw new Misread('command.error.verb_unknown', { word: first });
    const rest = new Rest(line, words, known);
    const intent = verb.read(rest);
    const surplus = rest.take();
    if (surplus !== undefined) throw new Misread('command.error.too_much', { word: surplus });
    return { understood: true, intent };
  } catch (error) {
    if (!(error instanceof Misread)) throw error;
    return { understood: false, error: error.key, params: error.params };
  }
}

/** A number alone opens that incident. */
function alone(words: Word[], line: string, known: Known): Reading {
  const rest = new Rest(line, [{ text: '', end: 0 }, ...words], known);
  const opened = looked(rest);
  const surplus = rest.take();
  if (surplus !== undefined) throw new Misread('command.error.too_much', { word: surplus });
  return { understood: true, intent: { verb: 'incident', incident: opened } };
}

/** The verb of a word. English aliases live only in English mode, where they come first; the Indonesian verbs that they do
 *  not hide work in both. */
export function verbOf(word: string, language: Language): Verb | undefined {
  const wanted = word.toUpperCase();
  const english = language === 'en' ? VERBS.find((verb) => verb.en === wanted) : undefined;
  return english ?? VERBS.find((verb) => verb.id === wanted);
}

/** What Tab can put in place of the last word: verbs first, then units, agencies and incidents that begin with it. */
export function complete(line: string, known: Known): string[] {
  const head = /^(?:.*[\s.,])?/s.exec(line)?.[0] ?? '';
  const stub = line.slice(head.length).toUpperCase();
  if (head.trim() === '') {
    const verbs = VERBS.map((verb) => (known.language === 'en' ? (verb.en ?? verb.id) : verb.id));
    return verbs.filter((verb) => verb.startsWith(stub)).map((verb) => `${verb} `);
  }
  if (stub === '') return [];
  const names = [...known.units, ...Object.keys(known.agencies), ...Object.keys(known.hospitals), ...known.incidents.map(String)];
  const matching = names.filter((name) => name.toUpperCase().startsWith(stub) || (canonical(name) ?? '').startsWith(canonical(stub) ?? '\n'));
  return [...new Set(matching)].map((name) => `${head}${name} `);
}

/** AMB3, amb03 and AMB003 are one call sign; null for what cannot be one. */
function canonical(word: string): string | null {
  const match = /^([A-Z]+)-?0*(\d+)$/.exec(word.toUpperCase());
  return match ? `${match[1]}${match[2]}` : null;
}

function findUnit(word: string, known: Known): string | undefined {
  const wanted = canonical(word);
  return known.units.find((name) => name.toUpperCase() === word.toUpperCase() || (wanted !== null && canonical(name) === wanted));
}

function unit(rest: Rest): string {
  const word = rest.take();
  if (word === undefined) throw new Misread('command.error.unit_missing');
  const found = findUnit(word, rest.known);
  if (found === undefined) throw new Misread('command.error.unit_unknown', { word });
  return found;
}

/** One unit or more: as long as words are not numbers and, after the first, name a unit or look like one. */
function units(rest: Rest): string[] {
  const found = [unit(rest)];
  for (let word = rest.peek(); word !== undefined && canonical(word) !== null; word = rest.peek()) found.push(unit(rest));
  return [...new Set(found)];
}

/** The incident named next, or null when the next word is no number. An unknown number is refused. */
function numbered(rest: Rest): number | null {
  const word = rest.peek();
  if (word === undefined || !/^\d+$/.test(word)) return null;
  rest.take();
  const number = Number(word);
  if (!rest.known.incidents.includes(number)) throw new Misread('command.error.incident_unknown', { word });
  return number;
}

/** The incident named next, or the open one. */
function incident(rest: Rest): number {
  const number = numbered(rest) ?? rest.known.open_incident;
  if (number === null) throw new Misread('command.error.incident_missing');
  return number;
}

/** An incident to be looked at: also one that is closed. */
function looked(rest: Rest): number {
  const number = Number(rest.peek());
  if (rest.peek() === undefined || !rest.known.closed.includes(number)) return incident(rest);
  rest.take();
  return number;
}

function text(rest: Rest): string {
  const words = rest.text();
  if (words === '') throw new Misread('command.error.text_missing');
  return words;
}

/** `PR 67 1`, or `PR 1` for the open incident. */
function priority(rest: Rest): Intent {
  const first = rest.take();
  const second = rest.take();
  const digit = second ?? first;
  if (digit === undefined || !/^[Pp]?[0-5]$/.test(digit)) throw new Misread('command.error.priority_wrong');
  const named = second === undefined ? rest.known.open_incident : Number(first);
  if (named === null) throw new Misread('command.error.incident_missing');
  if (second !== undefined && !rest.known.incidents.includes(named)) {
    throw new Misread('command.error.incident_unknown', { word: first ?? '' });
  }
  return { verb: 'priority', incident: named, priority: Number(digit.slice(-1)) };
}

/** `GB 61 67` joins 61 to 67; `GB 67` joins the open incident to 67. */
function link(rest: Rest): Intent {
  const first = numbered(rest);
  if (first === null) throw new Misread('command.error.number_missing');
  const second = numbered(rest);
  if (second !== null) return { verb: 'link', incident: first, into: second };
  if (rest.known.open_incident === null) throw new Misread('command.error.incident_missing');
  return { verb: 'link', incident: rest.known.open_incident, into: first };
}

/** `PSN DMK01 hidran di utara`: to a unit, about what it works on, so that "2 orang" is never an incident. `PSN POLISI 67
 *  tutup jalan`: to an agency, about that incident or the open one. */
function message(rest: Rest): Intent {
  const word = rest.take();
  if (word === undefined) throw new Misread('command.error.addressee_missing');
  const named = findUnit(word, rest.known);
  if (named !== undefined) return { verb: 'message', unit: named, text: text(rest) };
  const agency = lookUp(rest.known.agencies, word);
  if (agency === undefined) throw new Misread('command.error.addressee_unknown', { word });
  return { verb: 'message_agency', agency, incident: incident(rest), text: text(rest) };
}

function nature(rest: Rest): string {
  const word = rest.take();
  if (word === undefined) throw new Misread('command.error.nature_missing');
  return word.toUpperCase();
}

function screen(rest: Rest): Intent {
  const word = rest.take() ?? '';
  if (!/^[1-7]$/.test(word)) throw new Misread('command.error.screen_wrong');
  return { verb: 'screen', screen: Number(word) };
}

/** A hospital to drive to; without one the crew chooses. */
function hospital(rest: Rest): string | null {
  const word = rest.peek();
  if (word === undefined) return null;
  rest.take();
  const found = lookUp(rest.known.hospitals, word);
  if (found === undefined) throw new Misread('command.error.hospital_unknown', { word });
  return found;
}

function agencies(rest: Rest): string[] {
  const found: string[] = [];
  for (let word = rest.peek(); word !== undefined && !/^\d+$/.test(word); word = rest.peek()) {
    rest.take();
    const agency = lookUp(rest.known.agencies, word);
    if (agency === undefined) throw new Misread('command.error.agency_unknown', { word });
    found.push(agency);
  }
  if (found.length === 0) throw new Misread('command.error.agency_unknown', { word: '' });
  return found;
}

function lookUp(names: Readonly<Record<string, string>>, word: string): string | undefined {
  const wanted = word.toUpperCase();
  return Object.entries(names).find(([name]) => name.toUpperCase() === wanted)?.[1];
}
