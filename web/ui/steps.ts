/* The next expected state of a crew. It decides nothing: the server accepts any step, this only says which button is the
   big one. */
import type { Progress } from '../wire/rows.ts';

const ORDER: readonly Progress[] = ['assigned', 'accepted', 'departed', 'on_scene', 'at_patient', 'transporting', 'at_hospital', 'handed_over', 'clear'];
/** Steps of a unit that carries. */
const WITH_PATIENT: readonly Progress[] = ['transporting', 'at_hospital', 'handed_over'];

/** What normally comes next; a unit that carries nobody is clear after the scene. */
export function nextStep(progress: Progress, carries: boolean): Progress | null {
  if (progress === 'clear') return null;
  if (!carries && (progress === 'on_scene' || progress === 'at_patient')) return 'clear';
  return ORDER[ORDER.indexOf(progress) + 1] ?? null;
}

/** The steps that may still be chosen from here, the next one first. */
export function stepsAfter(progress: Progress, carries: boolean): readonly Progress[] {
  const next = nextStep(progress, carries);
  const later = ORDER.slice(ORDER.indexOf(progress) + 1).filter((step) => carries || !WITH_PATIENT.includes(step));
  return next === null ? [] : [next, ...later.filter((step) => step !== next)];
}
