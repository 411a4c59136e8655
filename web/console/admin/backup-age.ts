/* How fresh the last backup is. Pure. */
interface Made {
  readonly made_at: string | null;
}

/** A last backup that is older than this is told loudly, in hours. */
const OLD_H = 26;

/** The newest that was made, and whether it is none or too old. `files` are the newest first; `now` in milliseconds. */
export function lastOf<F extends Made>(files: readonly F[], now: number): { readonly last: F | null; readonly is_old: boolean } {
  const last = files.find((one) => one.made_at !== null) ?? null;
  return { last, is_old: last === null || now - Date.parse(last.made_at ?? '') > OLD_H * 3_600_000 };
}
