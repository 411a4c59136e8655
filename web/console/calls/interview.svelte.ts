/* The interview of the call in hand: what was typed and not yet saved, what the server already has, and the next thing
   to ask. The incident exists from the first key; each field is saved a moment after the last key and again before
   sending, so that a crash loses at most a second. Ids follow from the call, so that a reload, a second window and a
   retry all mean the same report and the same incident. */
import { act } from '../../board/act.svelte.ts';
import { board } from '../../board/board.svelte.ts';
import { personal, type PlaceSaid } from '../../wire/commands.ts';
import type { NatureGuess, PlaceNotice, PlaceProposal } from '../../wire/plans.ts';
import { t } from '../../ui/i18n.svelte.ts';
import { textOf, type CallerPosition, type CallRow, type IncidentRow, type Point, type ReportRow } from '../../wire/rows.ts';
import { forget, keep, kept } from './draft.ts';
import { inWords, placeKept, placeProposed, placeTaken } from './places.ts';
import { dangerIn, naturesFor, placesFor } from './proposing.ts';
import { separate } from './separate.ts';
import { mostOf, saysSomething, sentOf, TYPED, type Field, type Typed } from './typed.ts';

/** A field is saved so long after the last key, in milliseconds. */
const SAVE_MS = 800;
/** What could not be saved because the server was away is tried again after this, in milliseconds. */
const AGAIN_MS = 3_000;
/** Proposals follow the typing after this pause, in milliseconds. */
const PROPOSE_MS = 120;

/** Keys of interviews without a call begin so. */
export const WITHOUT_CALL = 'counter-';

type Outcome = Awaited<ReturnType<typeof act>>['outcome'];

export class Interview {
  readonly call: string;
  readonly report: string;
  readonly #own_incident: string;

  /** Where the keys are, or were last: a look at another screen and a reload come back to it. */
  field = $state<Field>('name');
  name = $state('');
  number = $state('');
  complaint = $state('');
  place = $state('');
  landmark = $state('');
  nature_text = $state('');
  guesses = $state.raw<readonly NatureGuess[]>([]);
  proposals = $state.raw<readonly PlaceProposal[]>([]);
  /** What the search tells besides: namesakes, what is on no map, what it left out. */
  notices = $state.raw<readonly PlaceNotice[]>([]);
  /** What is missing to send, as keys, after a refused attempt. */
  missing = $state.raw<readonly string[]>([]);
  saved_at = $state<number | null>(null);
  /** Since when something stands in a field that the record does not have. */
  unsaved_at = $state<number | null>(null);
  is_sending = $state(false);
  /** The place in the operator's own words; accepting a proposal never overwrites them. */
  #place_said = '';
  #last_danger = '';
  #guessed = '';
  /** The place told last, and what the row said then. */
  #accepted: { readonly said: PlaceSaid | null; readonly before: string } = { said: null, before: 'null' };
  #locating: Promise<Outcome | null> = Promise.resolve(null);
  #opened: Promise<boolean> | null = null;
  #is_closed = false;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #dirty = new Set<Typed>();
  /** Which row said what when it was last looked at. */
  readonly #stood: Partial<Record<Typed, string>> = {};
  /** For what differs from the row: the row's position when it was begun from. What others wrote since is not written over. */
  #seen: Partial<Record<Typed, number>> = {};
  /** What this window said last, until the row shows it: an answer comes before the row, and what is emptied in between
   *  is still to be said. */
  readonly #told: Partial<Record<Typed, string>> = {};

  /** Told by radio or in person: there is no telephone behind it. */
  readonly is_without_call: boolean;

  constructor(call: Pick<CallRow, 'key' | 'number'>) {
    this.call = call.key;
    this.is_without_call = call.key.startsWith(WITHOUT_CALL);
    this.report = `r-${call.key}`;
    this.#own_incident = `i-${call.key}`;
    this.number = textOf(call.number);
    this.#restore();
  }

  get call_row(): CallRow | undefined {
    return board.call.get(this.call)?.row;
  }

  get report_row(): ReportRow | undefined {
    return board.report.get(this.report)?.row;
  }

  /** The incident this report tells of: its own draft, or the one it was joined to. */
  get incident(): string {
    return this.report_row?.incident ?? this.#own_incident;
  }

  /** The incident that began with this call, when its report has gone to another one. */
  get left_incident(): string | null {
    return this.incident === this.#own_incident ? null : this.#own_incident;
  }

  get incident_row(): IncidentRow | undefined {
    return board.incident.get(this.incident)?.row;
  }

  get is_fast(): boolean {
    return this.report_row?.fast_lane ?? false;
  }

  get is_sent(): boolean {
    return this.incident_row?.state === 'open';
  }

  /** What is wrong with a text that is longer than the record keeps; it stays in its field until it is shortened. */
  tooLong(field: Typed): string | null {
    const most = mostOf(field);
    return this[field].length > most ? t('interview.too_long', { most, n: this[field].length }) : null;
  }

  entered(field: Field): void {
    this.field = field;
    this.#keep();
  }

  typed(field: Typed): void {
    this.#dirty.add(field);
    this.unsaved_at ??= Date.now();
    this.#seen[field] ??= this.#row(field)?.position ?? 0;
    if (field === 'place') this.#place_said = this.place;
    this.#keep();
    void this.open();
    this.#later(`save-${field}`, SAVE_MS, () => void this.#save(field));
    if (field === 'complaint') this.#later('natures', PROPOSE_MS, () => void this.#guess(this.complaint, true));
    if (field === 'place') this.#later('places', PROPOSE_MS, () => void this.#propose());
  }

  /** Fields that are not being written show what others wrote, and lose what others took away. */
  follow(held: string | undefined): void {
    for (const field of TYPED) {
      const text = this.#stands(field);
      const own = ((field === 'place' && this.#place_said) || this[field]).trim(); // an accepted proposal shows its own name
      const is_same = text === own || (text !== '' && own.length > mostOf(field) && own.startsWith(text)); // the rest is not on record
      const stood = `${this.#row(field)?.key} `;
      const is_gone = text === '' && this.#stood[field] === stood + own;
      this.#stood[field] = stood + text;
      if (!is_same && (field === held || this.#dirty.has(field) || (text === '' && !is_gone))) continue;
      delete this.#seen[field];
      if (!this.#dirty.has(field)) delete this.#told[field];
      if (is_same) continue;
      this[field] = text;
      if (field === 'place') this.#place_said = text;
    }
  }

  /** This call tells of an incident that is open already: no other one is begun. */
  async joinOpen(incident: string): Promise<boolean> {
    if (!(await (this.#opened ?? this.#openReport()))) return false;
    const number = board.incident.get(incident)?.row.number ?? '';
    const linked = await act({ type: 'incident.link_report', incident, report: this.report }, { done: t('calls.joined', { number }) });
    if (linked.outcome !== 'done') return false;
    this.#opened = Promise.resolve(true);
    if (this.number !== '') void this.#save('number');
    return true;
  }

  /** It was another one after all: this call's own incident stands alone again, with its report. */
  separate(): Promise<void> {
    return separate(this);
  }

  guess(text: string): void {
    this.#later('natures', PROPOSE_MS, () => void this.#guess(text, false));
  }

  /** Opens report and incident once; everything waits for it. */
  open(): Promise<boolean> {
    if (this.#opened === null) {
      this.#opened = this.#open();
      void this.#opened.then((opened) => {
        if (!opened) this.#opened = null;
        else if (this.number !== '') void this.#save('number'); // the number that rang is the reporter's until said otherwise
      });
    }
    return this.#opened;
  }

  async classify(nature: string): Promise<void> {
    if (await this.open()) await act({ type: 'incident.classify', incident: this.incident, nature }, { row: this.incident });
  }

  async locate(proposal: PlaceProposal): Promise<void> {
    this.place = proposal.label;
    this.notices = [];
    await this.#locate(placeProposed(proposal));
  }

  async pin(point: Point): Promise<void> {
    const label = `${point.lat.toFixed(5)}, ${point.lon.toFixed(5)}`;
    if (this.place === '') this.place = label;
    await this.#locate({ point, source: 'pin', label: personal(label) });
  }

  /** Takes over where something said the caller is: its source and doubt stay with the place, and without a doubt told it
      is uncertain. */
  async take(said: CallerPosition): Promise<void> {
    const label = `${said.point.lat.toFixed(5)}, ${said.point.lon.toFixed(5)}`;
    if (this.place === '') this.place = label;
    await this.#locate(placeTaken(said, label));
  }

  async answer(question: string, answer: string, protocol: string): Promise<void> {
    if (await this.open()) await act({ type: 'incident.answer_triage', incident: this.incident, question, answer, protocol });
  }

  async leaveFastLane(): Promise<void> {
    if (this.is_fast) await act({ type: 'report.leave_fast_lane', report: this.report });
  }

  /** Saves what is typed and orders help. Returns whether it went out. */
  async send(complete: boolean): Promise<boolean> {
    if (this.is_sending || !(await this.open())) return false;
    this.is_sending = true;
    await this.flush();
    const { incident } = this;
    const answer = await act({ type: 'incident.send', incident, complete }, { row: incident, quiet: true, done: t('interview.was_sent', { number: this.incident_row?.number ?? '' }), undo: () => ({ type: 'incident.unsend', incident }) });
    this.is_sending = false;
    this.missing = answer.outcome === 'refused' ? String(answer.refusal.details['missing'] ?? answer.refusal.reason).split(',') : [];
    return answer.outcome === 'done';
  }

  async flush(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const field of [...this.#dirty]) await this.#save(field);
  }

  /** Written on after all. */
  reopen(): this {
    this.#is_closed = false;
    return this;
  }

  /** Nothing more will be typed. What is not on record is said now, or when the server answers again; until then it is kept. */
  async close(): Promise<void> {
    this.#is_closed = true;
    await this.flush();
    await this.#locating;
    this.#look('nothing');
  }

  async #open(): Promise<boolean> {
    if (!this.report_row && !(await this.#openReport())) return false;
    if (this.incident_row) return true;
    const training = this.call_row?.training ?? false;
    const opened = await act({ type: 'incident.open', incident: this.incident, report: this.report, training });
    return opened.outcome === 'done';
  }

  async #openReport(): Promise<boolean> {
    const said = this.is_without_call ? ({ channel: 'counter' } as const) : ({ channel: 'call', call: this.call } as const);
    const opened = await act({ type: 'report.open', report: this.report, ...said, training: this.call_row?.training ?? false });
    return opened.outcome === 'done';
  }

  async #save(field: Typed): Promise<void> {
    if (!(await this.open())) return this.#again(field);
    const text = sentOf(field, this[field]);
    const outcome = saysSomething(text, this.#told[field] || this.#stands(field)) ? await this.#command(field, text) : 'nothing';
    if (['done', 'nothing'].includes(outcome) && sentOf(field, this[field]) === text) this.#dirty.delete(field);
    if (outcome === 'done') {
      this.saved_at = Date.now();
      this.#told[field] = text;
    } else if (outcome === 'away') this.#again(field);
    this.#look(outcome);
  }

  /** What is still to be saved after an attempt, and since when. */
  #look(outcome: Outcome | 'nothing'): void {
    if (this.#dirty.size === 0) {
      this.unsaved_at = null;
      if (this.#is_closed) forget(this.call);
    } else if (outcome === 'done') this.unsaved_at = Date.now(); // typed on meanwhile
    else this.unsaved_at ??= Date.now();
  }

  #again(field: Typed): void {
    this.#later(`save-${field}`, AGAIN_MS, () => void this.#save(field));
  }

  async #command(field: Typed, text: string): Promise<Outcome> {
    const { report } = this;
    const seen = this.#seen[field] ?? this.report_row?.position;
    const since = seen === undefined ? {} : { seen };
    if (field === 'name') return (await act({ type: 'report.identify', report, name: personal(text), ...since })).outcome;
    if (field === 'number') {
      const number_confirmed = text === textOf(this.call_row?.number);
      return (await act({ type: 'report.identify', report, number: personal(text), number_confirmed, ...since })).outcome;
    }
    if (field === 'complaint') return (await act({ type: 'report.take_complaint', report, words: personal(text), ...since })).outcome;
    return this.#saveWords();
  }

  /** Words and landmark are kept beside a point that was accepted, and alone when none was. Until the accepted one is on
      the row it is known here alone: words that follow it at once must not take it away. */
  #saveWords(): Promise<Outcome> {
    const { said, before } = this.#accepted;
    const is_under_way = said !== null && JSON.stringify(this.incident_row?.place ?? null) === before;
    return this.#locate(is_under_way ? said : placeKept(this.incident_row?.place));
  }

  /** One place after the other, in the order in which they were said. */
  #locate(place: PlaceSaid): Promise<Outcome> {
    clearTimeout(this.#timers.get('save-place'));
    this.#accepted = { said: place, before: JSON.stringify(this.incident_row?.place ?? null) };
    const sent = this.#locating.then(() => this.#sendPlace(place));
    this.#locating = sent;
    return sent;
  }

  async #sendPlace(place: PlaceSaid): Promise<Outcome> {
    if (!(await this.open())) return 'away';
    const stands = this.incident_row?.place;
    const words = sentOf('place', this.#place_said) || sentOf('place', this.place);
    const typed = sentOf('landmark', this.landmark);
    const landmark = typed || (this.#dirty.has('landmark') ? '' : textOf(stands?.landmark)); // somebody else's is not taken away
    const says_words = saysSomething(words, this.#told.place || textOf(stands?.words));
    const says_landmark = saysSomething(landmark, this.#told.landmark || textOf(stands?.landmark));
    const said = inWords(place, says_words ? words : null, says_landmark ? landmark : null);
    const seen = this.#seen.place ?? this.#seen.landmark;
    const { outcome } = await act({ type: 'incident.locate', incident: this.incident, place: said, ...(seen === undefined ? {} : { seen }) }, { row: this.incident });
    if (outcome === 'done') {
      this.#dirty.delete('place');
      if (sentOf('landmark', this.landmark) === typed) this.#dirty.delete('landmark'); // else typed on meanwhile
      Object.assign(this.#told, { place: words, landmark });
      this.saved_at = Date.now();
    } else if (outcome === 'away') {
      this.#dirty.add('place');
      this.#again('place');
    }
    this.#look(outcome);
    return outcome;
  }

  async #guess(text: string, danger: boolean): Promise<void> {
    this.#guessed = text;
    const found = await naturesFor(text);
    if (found === null) return;
    if (text === this.#guessed) this.guesses = found; // else something was typed meanwhile
    const word = dangerIn(found);
    if (danger && text === this.complaint && word !== undefined && word !== this.#last_danger && !this.is_fast && !this.is_sent) {
      this.#last_danger = word;
      if (await this.open()) await act({ type: 'report.enter_fast_lane', report: this.report, word });
    }
  }

  async #propose(): Promise<void> {
    const found = await placesFor(this.place, this.call_row?.positions[0]?.point ?? null, () => this.place);
    if (found) ({ proposals: this.proposals, notices: this.notices } = found);
  }

  #later(key: string, ms: number, run: () => void): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.set(key, setTimeout(run, ms));
  }

  #keep(): void {
    const texts = Object.fromEntries(TYPED.map((one) => [one, this[one]]));
    keep(this.call, { ...texts, field: this.field, seen: this.#seen, by: board.me?.id });
  }

  #row(field: Typed): ReportRow | IncidentRow | undefined {
    return field === 'place' || field === 'landmark' ? this.incident_row : this.report_row;
  }

  /** What the server has in this field. */
  #stands(field: Typed): string {
    const place = this.incident_row?.place;
    return textOf(field === 'place' ? place?.words : field === 'landmark' ? place?.landmark : this.report_row?.[field]);
  }

  /** What the server has, then what this window had typed beyond it. */
  #restore(): void {
    for (const field of TYPED) this[field] = this.#stands(field) || this[field];
    if (this.report_row?.number) this.number = this.#stands('number'); // the number that rang, until it was said otherwise
    this.#place_said = this.place;
    const draft = kept(this.call);
    this.field = draft.field ?? this.field;
    this.#seen = draft.seen ?? {};
    for (const field of TYPED) {
      const text = draft[field];
      if (typeof text === 'string' && (text !== '' || this.#seen[field] !== undefined) && text !== this[field]) {
        this[field] = text;
        if (field === 'place') this.#place_said = text;
        this.#dirty.add(field);
      }
    }
    for (const field of this.#dirty) this.#later(`save-${field}`, SAVE_MS, () => void this.#save(field));
  }
}
