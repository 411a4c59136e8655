/* Bringing a version into use: the newest proposal of this person, as soon as the board has it. */
import { act } from '../../board/act.svelte.ts';
import { board } from '../../board/board.svelte.ts';
import type { PackVersion } from '../../wire/rows.ts';
import { say } from './words.svelte.ts';

const WAIT_MS = 100;
const TRIES = 50;

const versions = (): readonly PackVersion[] => board.pack.get('city')?.row.versions ?? [];

/** The highest number there is: what is proposed next has a higher one. */
export function highest(): number {
  return Math.max(0, ...versions().map((one) => one.number));
}

export async function activate(version: PackVersion): Promise<boolean> {
  const answer = await act({ type: 'pack.activate', pack: 'city', number: version.number }, { done: say('used', { n: version.number }) });
  return answer.outcome === 'done';
}

export async function activateAfter(number: number): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const version = versions().find((one) => one.number > number && one.proposer === board.me?.id && one.state === 'proposed');
    if (version) {
      await activate(version);
      return;
    }
    await new Promise((resume) => setTimeout(resume, WAIT_MS));
  }
}
