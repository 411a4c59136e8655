/* What can still be taken back. No framework. */

/** How long an action can be taken back, in seconds. */
export const UNDO_S = 10;

/** Those that still can at that moment (milliseconds, as their `at`), the newest last: whatever was told after them. */
export const undoable = <T extends { readonly at: number }>(done: readonly T[], now: number): readonly T[] => done.filter((one) => now - one.at < UNDO_S * 1000);

/** The orders that answer to Ctrl+Z after something was told: one without a way back (null) stands alone and says so. */
export const ordered = <T>(before: readonly T[], shown: T, undo: unknown): readonly T[] => (undo ? [...before, shown] : undo === null ? [shown] : before);
