/* What the page knows of its call, as one value: what stands on the screen follows from it and from nothing else. */
import type { Shown } from './server.ts';

export type Language = 'id' | 'jv' | 'en';

/** `ringing` until the centre has put the call in its queue; `over` is the end, whoever made it. */
export type Stage = 'start' | 'ringing' | 'waiting' | 'talking' | 'held' | 'passed' | 'over';

export type MicrophoneState = 'off' | 'asking' | 'open' | 'denied' | 'absent';

/** The way of the sound between this page and the centre. */
export type Path = 'off' | 'connecting' | 'connected' | 'broken';

export interface Line {
  readonly by: string;
  readonly text: string;
}

/** A line that the centre does not have yet; `is_refused`: it never will. */
export interface Unsent {
  readonly text: string;
  readonly is_refused: boolean;
}

export interface View {
  readonly stage: Stage;
  readonly only_types: boolean;
  /** The centre has the call: it rings there. */
  readonly is_known: boolean;
  readonly position: number | null;
  /** Somebody answered before and was lost: the call is at the head of the queue again. */
  readonly was_answered: boolean;
  /** A desk's sound is in the call. */
  readonly is_connected: boolean;
  readonly microphone: MicrophoneState;
  readonly path: Path;
  /** No sound `LATE_MS` after the tap. */
  readonly is_late: boolean;
  /** Why the call does not get through: nobody answers, or the centre says no. */
  readonly trouble: 'away' | 'full' | null;
  readonly is_muted: boolean;
  /** The browser plays nothing before another tap. */
  readonly is_deaf: boolean;
  readonly is_hidden: boolean;
  readonly lines: readonly Line[];
  readonly unsent: readonly Unsent[];
  readonly prompt: string | null;
  readonly place: 'off' | 'asking' | 'sent' | 'unknown';
  readonly accuracy_m: number | null;
  readonly ended_by: 'self' | 'other' | 'lost';
}

export const START: View = {
  stage: 'start',
  only_types: false,
  is_known: false,
  position: null,
  was_answered: false,
  is_connected: false,
  microphone: 'off',
  path: 'off',
  is_late: false,
  trouble: null,
  is_muted: false,
  is_deaf: false,
  is_hidden: false,
  lines: [],
  unsent: [],
  prompt: null,
  place: 'off',
  accuracy_m: null,
  ended_by: 'self',
};

const STAGES: Readonly<Record<string, Stage>> = {
  offered: 'ringing',
  queued: 'waiting',
  answered: 'talking',
  held: 'held',
  transferred: 'passed',
  ended: 'over',
  abandoned: 'over',
};

/** The view after an answer of the centre that began at line `since`; lines that are known already are not doubled. */
export function follow(view: View, shown: Shown, since: number): View {
  const stage = STAGES[shown.state] ?? view.stage;
  const lines = since <= view.lines.length ? [...view.lines.slice(0, since), ...shown.lines] : view.lines;
  return {
    ...view,
    stage,
    is_known: true,
    position: shown.position,
    was_answered: view.was_answered || stage === 'talking' || stage === 'held' || stage === 'passed',
    is_connected: shown.is_connected,
    trouble: null,
    prompt: shown.prompt,
    lines: lines.length >= view.lines.length ? lines : view.lines,
    ended_by: stage === 'over' && view.stage !== 'over' ? 'other' : view.ended_by,
  };
}

/** Whether a call is under way. */
export function isOn(view: View): boolean {
  return view.stage !== 'start' && view.stage !== 'over';
}

/** Whether the ordinary telephone must stand large on the screen. */
export function mustTelephone(view: View): boolean {
  if (!isOn(view)) return view.stage === 'over' && view.ended_by === 'lost';
  if (view.trouble !== null) return true;
  return !view.only_types && view.path !== 'connected' && (view.is_late || view.path === 'broken');
}

/** The key of the sentence that says how the call stands. */
export function saying(view: View): string {
  switch (view.stage) {
    case 'start':
      return 'start.title';
    case 'ringing':
      return view.is_known ? 'say.ringing' : 'say.calling';
    case 'waiting':
      return view.was_answered ? 'say.again' : view.position === 1 ? 'say.next' : view.position === null ? 'say.waiting' : 'say.queue';
    case 'talking':
      return talking(view);
    case 'held':
      return 'say.held';
    case 'passed':
      return 'say.passed';
    case 'over':
      return `say.over_${view.ended_by}`;
  }
}

/** The keys of what else a caller should know now, the most important first. */
export function hints(view: View): string[] {
  if (!isOn(view)) return [];
  const found: string[] = [];
  if (!view.only_types) {
    if (view.microphone === 'asking') found.push('hint.microphone_ask');
    if (view.microphone === 'denied') found.push('hint.microphone_denied');
    if (view.microphone === 'absent') found.push('hint.microphone_absent');
    if (view.path === 'broken') found.push('hint.broken');
  }
  if (view.place === 'asking') found.push('hint.place_ask');
  if (view.place === 'sent') found.push(view.accuracy_m === null ? 'hint.place_sent_bare' : 'hint.place_sent');
  if (view.place === 'unknown') found.push('hint.place_unknown');
  return found;
}

/** Nobody is told to speak whom the operator cannot hear. */
function talking(view: View): string {
  if (view.only_types) return 'say.reading';
  if (!view.is_connected) return 'say.answered';
  if (view.microphone !== 'open' || view.path !== 'connected') return 'say.talking_mute';
  return view.is_muted ? 'say.muted' : 'say.talking';
}
