/* What this window wants to change: rows edited and not yet tried, over the version in use. Kept through a reload, because
   an hour of typing is not lost to a closed lid; forgotten when it was proposed or taken back. */
import { pack_wire, type PackRowShown, type PackTable, type PackShown, type RowEdit, type Trial, type Tried } from '../../wire/pack.ts';
import type { Answer } from '../../wire/api.ts';

const STORE = 'kentongan.atur';

interface Kept {
  readonly base: number;
  readonly edits: readonly RowEdit[];
}

function read(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? 'null') as Kept | null;
    return kept && Array.isArray(kept.edits) ? { base: kept.base, edits: kept.edits.map((one) => ({ ...one, seen: one.seen ?? kept.base })) } : { base: 0, edits: [] };
  } catch {
    return { base: 0, edits: [] };
  }
}

class Draft {
  pack = $state.raw<PackShown | null>(null);
  edits = $state.raw<readonly RowEdit[]>(read().edits);
  base = $state(read().base);
  /** Files that somebody imports, whole. */
  imported = $state.raw<Pick<Tried, 'files' | 'bundle'> | null>(null);
  trial = $state.raw<Trial | null>(null);
  is_trying = $state(false);

  /** The pack in use; edits over an earlier version stay and are tried over this one. */
  async load(): Promise<boolean> {
    const answer = await pack_wire.shown();
    if (answer.outcome !== 'done') return false;
    this.pack = answer.value;
    if (this.base !== answer.value.active) this.trial = null;
    this.base = answer.value.active;
    this.#keep();
    return true;
  }

  edit_of(file: string, path: string): RowEdit | undefined {
    return this.edits.find((one) => one.file === file && one.path === path);
  }

  /** The rows of a table as they would be. */
  over(table: PackTable, rows: readonly PackRowShown[]): readonly (PackRowShown & { readonly edit?: RowEdit })[] {
    const own = this.edits.filter((one) => one.file === table.file);
    const changed = rows.map((one) => {
      const edit = own.find((other) => other.path === one.path);
      return edit ? { path: one.path, row: edit.row ?? one.row, yaml: edit.row ? edit.yaml : one.yaml, edit } : one;
    });
    const known = new Set(rows.map((one) => one.path));
    const added = own.filter((one) => one.is_new && !known.has(one.path) && belongs(table, one.path));
    return [...changed, ...added.map((edit) => ({ path: edit.path, row: edit.row ?? {}, yaml: edit.yaml, edit }))];
  }

  put(edit: Omit<RowEdit, 'seen'>): void {
    const known = this.edit_of(edit.file, edit.path);
    const rest = this.edits.filter((one) => one !== known);
    const is_gone_again = edit.row === null && known?.is_new === true;
    this.edits = is_gone_again ? rest : [...rest, { ...edit, is_new: known?.is_new ?? edit.is_new, seen: known?.seen ?? this.base }];
    this.#changed();
  }

  /** What was typed stays, knowingly over what somebody else made of the row. */
  keep_mine(file: string, path: string, now: PackRowShown | null): void {
    this.edits = this.edits.map((one) => (one.file === file && one.path === path ? { ...one, seen: this.base, is_new: one.row !== null && now === null } : one));
    this.#changed();
  }

  take_back(file: string, path: string): void {
    this.edits = this.edits.filter((one) => one.file !== file || one.path !== path);
    this.#changed();
  }

  clear(): void {
    this.edits = [];
    this.imported = null;
    this.#changed();
  }

  get is_empty(): boolean {
    return this.edits.length === 0 && this.imported === null;
  }

  async try(): Promise<Answer<Trial>> {
    this.is_trying = true;
    const answer = await pack_wire.trial({ base: this.base, edits: this.edits, ...this.imported });
    this.is_trying = false;
    this.trial = answer.outcome === 'done' ? answer.value : null;
    return answer;
  }

  #changed(): void {
    this.trial = null;
    this.#keep();
  }

  #keep(): void {
    if (this.edits.length === 0) localStorage.removeItem(STORE);
    else localStorage.setItem(STORE, JSON.stringify({ base: this.base, edits: this.edits } satisfies Kept));
  }
}

function belongs(table: PackTable, path: string): boolean {
  return table.inside === '' ? path.startsWith(`${table.name}[`) : path.startsWith(`${table.inside}[`) && path.includes(`.${table.name}[`);
}

export const draft = new Draft();
