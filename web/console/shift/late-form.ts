/* From a paper form as typed to what the server is told. Pure: hours are read in the city's zone, each on the first day
   on which it can be meant, counted from the hour of the call. */
import { hourAfter, hourOf, instantOf } from '../../ui/wall-time.ts';
import { personal, type LateForm, type PlaceSaid } from '../../wire/commands.ts';
import type { Outcome, Progress } from '../../wire/rows.ts';

/** The steps that stand on the form, in their order. */
export const STEPS: readonly Progress[] = ['assigned', 'departed', 'on_scene', 'transporting', 'at_hospital', 'handed_over', 'clear'];

export interface TypedUnit {
  readonly unit: string;
  readonly agency: string;
  readonly hours: Readonly<Partial<Record<Progress, string>>>;
}

export interface TypedTask {
  readonly agency: string;
  readonly told: string;
  readonly answered: string;
}

export interface Typed {
  readonly form: string;
  readonly day: string;
  readonly called: string;
  readonly sent: string;
  readonly closed: string;
  readonly nature: string;
  readonly place: PlaceSaid | null;
  readonly tasks: readonly TypedTask[];
  readonly units: readonly TypedUnit[];
  readonly outcome: Outcome;
  readonly note: string;
}

/** What cannot be read, by the name of its field; or the whole form. */
export type Read = { readonly form: Omit<LateForm, 'incident' | 'report'> } | { readonly wrong: string };

class Unreadable extends Error {}

/** Reads the form. `wrong` names the first field that is missing or is no hour. */
export function readForm(typed: Typed, zone: string): Read {
  try {
    return { form: read(typed, zone) };
  } catch (error) {
    if (error instanceof Unreadable) return { wrong: error.message };
    throw error;
  }
}

function read(typed: Typed, zone: string): Omit<LateForm, 'incident' | 'report'> {
  if (typed.form.trim() === '') throw new Unreadable('form');
  const called_hour = hourOf(typed.called);
  const called_ms = called_hour === null ? Number.NaN : instantOf(typed.day, called_hour, zone);
  if (Number.isNaN(called_ms)) throw new Unreadable('called');
  if (typed.nature === '') throw new Unreadable('nature');
  const at = (text: string, field: string): string | null => {
    if (text.trim() === '') return null;
    const hour = hourOf(text);
    if (hour === null) throw new Unreadable(field);
    return new Date(hourAfter(called_ms, hour, zone)).toISOString();
  };
  const sent_at = at(typed.sent, 'sent');
  const closed_at = at(typed.closed, 'closed');
  return {
    form: typed.form.trim(),
    called_at: new Date(called_ms).toISOString(),
    nature: typed.nature,
    tasks: typed.tasks.map((task) => {
      const told_at = at(task.told, task.agency);
      if (told_at === null) throw new Unreadable(task.agency);
      const answered_at = at(task.answered, task.agency);
      return { agency: task.agency, told_at, ...(answered_at === null ? {} : { answered_at }) };
    }),
    units: typed.units.map((unit) => {
      const steps = STEPS.flatMap((step) => {
        const time = at(unit.hours[step] ?? '', unit.unit);
        return time === null ? [] : [[step, time] as const];
      });
      if (steps.length === 0) throw new Unreadable(unit.unit);
      return { unit: unit.unit, agency: unit.agency, progress_at: Object.fromEntries(steps) };
    }),
    ...(typed.place === null ? {} : { place: typed.place }),
    ...(sent_at === null ? {} : { sent_at }),
    ...(closed_at === null ? {} : { closed_at, outcome: typed.outcome }),
    ...(typed.note.trim() === '' ? {} : { note: personal(typed.note.trim()) }),
  };
}
