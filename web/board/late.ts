/* An order that has no answer yet is no order yet: after a moment it is told as unconfirmed, until it is known. */

/** A centre that is there answers long before, in milliseconds. */
export const LATE_MS = 600;

/** Calls `late(1)` once the answer has not come in time, and `late(-1)` when it is there after all. */
export function whenLate(answer: Promise<unknown>, late: (by: 1 | -1) => void): void {
  let is_late = false;
  const timer = setTimeout(() => {
    is_late = true;
    late(1);
  }, LATE_MS);
  const known = (): void => {
    clearTimeout(timer);
    if (is_late) late(-1);
  };
  answer.then(known, known);
}
