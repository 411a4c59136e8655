/* Whom a typed word may mean: contacts of the directory, desks of the room, or the number itself. Pure. */
import type { Contact } from '../../wire/voice.ts';
import type { PartyKind } from '../../wire/rows.ts';

/** Proposals shown at once. */
const SHOWN_MAX = 8;
/** 110, 113 and 119 are numbers; "1" is the beginning of one. */
const NUMBER_DIGITS_MIN = 3;

export interface Choice {
  readonly key: string;
  readonly kind: PartyKind;
  readonly name: string;
  readonly detail: string;
  readonly contact?: string;
  readonly desk?: string;
  readonly number?: string;
  /** Nobody has proved yet that this number is theirs. */
  readonly is_unproven: boolean;
}

export interface RoomDesk {
  readonly key: string;
  readonly name: string;
  readonly agent_name: string;
}

const plain = (text: string): string => text.toLowerCase().normalize('NFD').replace(/[^a-z0-9 ]/g, '');

/** 0 begins with the word, 1 a later word does, 2 it is inside, null not at all. Every typed word must be found. */
function rank(names: readonly string[], typed: string): number | null {
  const asked = plain(typed).split(' ').filter(Boolean);
  let worst = 0;
  for (const word of asked) {
    const best = names.map(plain).reduce<number | null>((found, name) => {
      const at = name.indexOf(word);
      const score = at === 0 ? 0 : at > 0 ? (name[at - 1] === ' ' ? 1 : 2) : null;
      return score === null ? found : Math.min(found ?? score, score);
    }, null);
    if (best === null) return null;
    worst = Math.max(worst, best);
  }
  return worst;
}

/** The number in what was typed, as it is dialled; null when it is none. */
export function numberIn(typed: string): string | null {
  const digits = typed.replace(/[\s().-]/g, '');
  return /^\+?\d+$/.test(digits) && digits.replace('+', '').length >= NUMBER_DIGITS_MIN ? digits : null;
}

/** What may be meant, the best first; with nothing typed, desks and then the directory as it stands. */
export function choicesFor(typed: string, contacts: readonly Contact[], desks: readonly RoomDesk[], say: (contact: Contact) => string): Choice[] {
  const number = numberIn(typed);
  const found: { choice: Choice; at: number }[] = [];
  for (const { key, name, agent_name } of desks) {
    const at = rank([name, agent_name], typed);
    if (at !== null) found.push({ at, choice: { key: `desk:${key}`, kind: 'desk', name, detail: agent_name, desk: key, is_unproven: false } });
  }
  for (const contact of contacts) {
    const name = say(contact);
    const at = number !== null && contact.number.replace(/\D/g, '').startsWith(number) ? 0 : rank([name, ...contact.aliases, contact.key], typed);
    if (at !== null) found.push({ at, choice: { key: `contact:${contact.key}`, kind: contact.kind, name, detail: contact.number, contact: contact.key, is_unproven: !contact.verified } });
  }
  found.sort((a, b) => a.at - b.at);
  const shown = found.slice(0, SHOWN_MAX).map(({ choice }) => choice);
  if (number === null) return shown;
  const dialled: Choice = { key: `number:${number}`, kind: 'other', name: number, detail: '', number, is_unproven: false };
  return [...shown.slice(0, SHOWN_MAX - 1), dialled];
}
