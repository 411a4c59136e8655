/* From what the command line understood to commands of the door. Everything that changes something goes through `act`;
   what only shows something changes this window. */
import { act, act_queue, undoer } from '../board/act.svelte.ts';
import { board } from '../board/board.svelte.ts';
import { based } from '../board/seen.ts';
import { city } from '../board/plans.svelte.ts';
import { phone } from '../ui/format.ts';
import { t } from '../ui/i18n.svelte.ts';
import { notices } from '../ui/notices.svelte.ts';
import { complete, parse, type Intent, type Known } from '../ui/command.ts';
import { words } from '../ui/i18n.svelte.ts';
import { later } from '../ui/parts.svelte.ts';
import { personal, type AnyCommand } from '../wire/commands.ts';
import { listed, look } from '../wire/plans.ts';
import { textOf, type IncidentRow, type Outcome, type Priority, type ReportRow } from '../wire/rows.ts';
import { duty } from './duty.svelte.ts';
import { help } from './help.svelte.ts';
import { allowed, router, screens } from './router.svelte.ts';
import { search } from './search.svelte.ts';
import { selection } from './selection.svelte.ts';
import { mended, restored, stateOf, stepBack, unswapped, withdrawn } from './way-back.ts';

export { complete, parse };

/** What the parser may know now. */
export function known(): Known {
  const all = board.incident.all().map((live) => live.row);
  const rows = all.filter((incident) => incident.state !== 'closed');
  const agencies = Object.fromEntries(board.agency.all().flatMap(({ key, row }) => [[key, key], [row.short.replaceAll(' ', '-'), key]]));
  const open = selection.incident === null ? undefined : board.incident.get(selection.incident)?.row;
  return {
    language: words.language,
    units: board.unit.all().map((live) => live.key),
    incidents: rows.map((incident) => incident.number),
    closed: all.filter((incident) => incident.state === 'closed').map((incident) => incident.number),
    agencies,
    hospitals: hospitals(),
    open_incident: open && open.state !== 'closed' ? open.number : null,
  };
}

/** Shorter words of a hospital's name ("RS", "dr") name nothing. */
const WORD_LETTERS_MIN = 4;

/** Hospitals by the words people type: the key, and each word of a name that only one hospital has. */
function hospitals(): Readonly<Record<string, string>> {
  const named: Record<string, string> = {};
  const twice = new Set<string>();
  for (const { key, name } of city.plans?.hospitals ?? []) {
    named[key.toUpperCase()] = key;
    for (const word of new Set(name.toUpperCase().split(/[^A-Z]+/))) {
      if (word.length < WORD_LETTERS_MIN || twice.has(word)) continue;
      if (word in named && named[word] !== key) {
        twice.add(word);
        delete named[word];
      } else named[word] = key;
    }
  }
  return named;
}

/** Rings the reporter's telephone from this desk; without a call to ring back it says whom to call. */
async function ringReporter(incident: IncidentRow): Promise<boolean> {
  show(incident);
  const reports = incident.reports.flatMap((key) => board.report.get(key)?.row ?? []);
  const call = reports.flatMap((report) => board.call.get(report.call)?.row ?? []).find((row) => row.number !== null);
  if (call && duty.desk !== null) {
    const is_ringing = await (await later(() => import('./calls/control.svelte.ts'))).ringBack(call);
    if (is_ringing && allowed(board.me?.roles ?? []).some((screen) => screen.key === 'calls')) router.go('panggilan');
    return is_ringing;
  }
  return sayReporter(incident, reports);
}

/** Says whom to call: there is no call of theirs to ring back from here. */
function sayReporter(incident: IncidentRow, reports: readonly ReportRow[]): boolean {
  const reached = reports.find((report) => textOf(report.number) !== '');
  const { number } = incident;
  if (!reached) notices.warn(t('command.no_reporter', { number }));
  else notices.done(t('command.call_reporter', { number, name: textOf(reached.name), phone: phone(textOf(reached.number)) }));
  return reached !== undefined;
}

/** Shows an incident where this person works. */
export function show(incident: IncidentRow): void {
  selection.incident = incident.key;
}

function numbered(number: number): IncidentRow | undefined {
  const rows = board.incident.all().map((live) => live.row).filter((incident) => incident.number === number);
  return rows.find((incident) => incident.state !== 'closed') ?? rows[0];
}

/** Does it. Returns whether the line may be cleared. */
export async function run(intent: Intent): Promise<boolean> {
  switch (intent.verb) {
    case 'help':
      help.open_about(intent.about);
      return true;
    case 'undo': {
      const last = await notices.undo();
      if (!last) notices.warn(t('command.nothing_to_undo'));
      else if (!last.undo) notices.warn(t('act.no_undo', { what: last.text }));
      return !!last;
    }
    case 'screen': {
      const screen = screens.find((entry) => entry.digit === intent.screen);
      if (screen) router.go(screen.path);
      return screen !== undefined;
    }
    case 'map_window':
      (await later(() => import('./beside/map-window.svelte.ts'))).map_window.open(selection.incident);
      return true;
    case 'search':
      search.open(intent.text);
      return true;
    case 'close_roads':
      (await later(() => import('./city/roads.svelte.ts'))).roads.write(intent.text);
      return true;
    case 'open_roads':
      return openRoads(intent.text);
    case 'unit':
      selection.unit = intent.unit;
      return true;
    case 'progress':
      return progress(intent);
    case 'out_of_service':
      return done({ type: 'unit.out_of_service', unit: intent.unit, reason: intent.text }, `${intent.unit} ${t('unit_sign.nonaktif')}`, {
        type: 'unit.return_to_service',
        unit: intent.unit,
      });
    case 'break_down':
      return breakDown(intent.unit);
    case 'release':
      return release(intent);
    case 'message':
      return messageUnit(intent.unit, intent.text);
    default:
      return onIncident(intent);
  }
}

/** Lifts the one closure that the words name; otherwise shows which there are. */
async function openRoads(text: string): Promise<boolean> {
  const { roads } = await later(() => import('./city/roads.svelte.ts'));
  const said = text.trim().toLowerCase();
  const named = said === '' ? [] : roads.known().filter((row) => `${textOf(row.label)} ${textOf(row.reason_text)}`.toLowerCase().includes(said));
  const [only] = named;
  if (only && named.length === 1 && roads.may_close) return roads.lift(only);
  roads.open();
  roads.chosen = only?.key ?? null;
  return true;
}

type Undo = AnyCommand | readonly AnyCommand[] | null;

async function done(command: AnyCommand, said: string, undo: Undo = null): Promise<boolean> {
  const { waiting } = act_queue;
  let seen: number | undefined; // an undo has seen what its own action led to, and nothing that came after it
  const answer = await act(command, undo ? { done: said, undo: () => [undo].flat().map((one) => based(one, () => seen)) } : { done: said });
  if (answer.outcome === 'done') seen = answer.value.position;
  return answer.outcome === 'done' || act_queue.waiting > waiting; // what waits for the link is not to be given twice
}

async function all(commands: readonly (readonly [AnyCommand, string, Undo])[]): Promise<boolean> {
  let whole = true;
  for (const [command, said, undo] of commands) whole = (await done(command, said, undo)) && whole;
  return whole;
}

/** Words for a crew: about its incident while it works on one, else to its own page. */
function messageUnit(unit: string, text: string): Promise<boolean> {
  const incident = board.engagement.get(unit)?.row.incident;
  const words = personal(text);
  return done(incident === undefined ? { type: 'unit.message', unit, text: words } : { type: 'incident.message', incident, unit, text: words }, t('command.messaged', { to: unit }));
}

async function progress(intent: Intent & { verb: 'progress' }): Promise<boolean> {
  const { units, progress: step, destination } = intent;
  const steps = units.map((unit) => {
    const engagement = board.engagement.get(unit)?.row;
    if (engagement) {
      const command: AnyCommand = {
        type: 'assignment.progress',
        incident: engagement.incident,
        unit,
        progress: step,
        ...(destination === null ? {} : { destination }),
      };
      return [command, `${unit} ${t(`progress.${step}`)}`, stepBack(engagement.incident, { unit, progress: engagement.progress })] as const;
    }
    const row = board.unit.get(unit)?.row;
    if (step === 'clear') return [{ type: 'unit.return_to_service', unit } as const, `${unit} ${t('unit_sign.siaga')}`, row?.state === 'out_of_service' ? stateOf(row) : null] as const;
    return null;
  });
  const idle = units.filter((_, at) => steps[at] === null);
  if (idle.length > 0) {
    notices.warn(t('command.not_engaged', { unit: idle.join(', ') }));
    return false;
  }
  return all(steps.filter((entry) => entry !== null));
}

async function release(intent: Intent & { verb: 'release' }): Promise<boolean> {
  const steps: (readonly [AnyCommand, string, AnyCommand | null])[] = [];
  for (const unit of intent.units) {
    const engagement = board.engagement.get(unit)?.row;
    if (!engagement || (intent.incident !== null && engagement.number !== intent.incident)) {
      notices.warn(t('command.not_engaged', { unit }));
      return false;
    }
    steps.push([{ type: 'assignment.release', incident: engagement.incident, unit, reason: 'by_hand' }, `${unit} ${t('unit_sign.siaga')}`, restored(engagement.incident, unit)]);
  }
  return all(steps);
}

/** Off its incident and out of service; undone by being put back, and going on. */
async function breakDown(unit: string): Promise<boolean> {
  const incident = board.engagement.get(unit)?.row.incident;
  if (incident === undefined) {
    notices.warn(t('command.not_engaged', { unit }));
    return false;
  }
  const back = mended(incident, unit);
  const answer = await act(
    { type: 'assignment.break_down', incident, unit, reason: 'broken_down' },
    { done: t('fleet.broke_down', { unit }), undo: () => back },
  );
  return answer.outcome === 'done';
}

const OUTCOMES: readonly Outcome[] = ['resolved', 'transported', 'refused_help', 'not_found', 'false_report', 'no_unit', 'handed_over', 'duplicate', 'no_incident'];

function outcomeOf(text: string): { outcome: Outcome; note: string } {
  const said = text.trim().toLowerCase();
  const found = OUTCOMES.find((outcome) => said === outcome || said.startsWith(t(`outcome.${outcome}`).toLowerCase()));
  return { outcome: found ?? 'resolved', note: found ? '' : text.trim() };
}

type OnIncident = Extract<Intent, { readonly incident: number }>;

async function onIncident(intent: OnIncident): Promise<boolean> {
  const incident = numbered(intent.incident);
  if (!incident) {
    notices.warn(t('command.error.incident_unknown', { word: intent.incident }));
    return false;
  }
  const { key, number } = incident;
  switch (intent.verb) {
    case 'incident':
      show(incident);
      return true;
    case 'callback':
      return ringReporter(incident);
    case 'assign':
      return assign(incident, intent.units);
    case 'swap':
      return swap(incident, intent.from, intent.to);
    case 'pre_alert':
      return all(intent.units.map((unit) => [{ type: 'unit.pre_alert', unit, incident: key, number } as const, t('command.pre_alerted', { unit, number }), { type: 'unit.lift_pre_alert', unit } as const]));
    case 'message_agency':
      return done({ type: 'incident.message', incident: key, agency: intent.agency, text: personal(intent.text) }, t('command.messaged', { to: city.agencyName(intent.agency) }));
    case 'note':
      return done({ type: 'incident.add_note', incident: key, text: personal(intent.text) }, t('command.noted', { number }));
    case 'mass':
      return done({ type: 'incident.declare_mass', incident: key }, t('mass.declared', { number }), { type: 'incident.end_mass', incident: key });
    case 'priority': {
      const before = incident.priority;
      const undo: AnyCommand | null = before ? { type: 'incident.set_priority', incident: key, priority: before } : null;
      return done({ type: 'incident.set_priority', incident: key, priority: `P${intent.priority}` as Priority }, t('command.prioritised', { number, priority: intent.priority }), undo);
    }
    case 'classify': {
      const before = incident.nature;
      const undo: AnyCommand | null = before ? { type: 'incident.classify', incident: key, nature: before } : null;
      return done({ type: 'incident.classify', incident: key, nature: intent.nature }, `${number} · ${intent.nature}`, undo);
    }
    case 'link': {
      const into = numbered(intent.into);
      return into !== undefined && done({ type: 'incident.merge', incident: key, into: into.key }, t('command.linked', { number, into: into.number }), { type: 'incident.unmerge', incident: key });
    }
    case 'agency':
      return all(intent.agencies.map((agency) => [{ type: 'task.task', incident: key, agency } as const, `${agency} → ${number}`, withdrawn(key, agency)]));
    case 'close': {
      const { outcome, note } = outcomeOf(intent.text);
      const command: AnyCommand = { type: 'incident.close', incident: key, outcome, ...(note === '' ? {} : { note: personal(note) }) };
      return done(command, t('command.closed', { number }), { type: 'incident.reopen', incident: key, reason: 'undone' });
    }
  }
}

/** One order with one way back. What went only halfway is taken back as far as it went. */
async function swap(incident: IncidentRow, from: string, to: string): Promise<boolean> {
  const { key, number } = incident;
  const works = (unit: string): boolean => incident.assignments.some((one) => one.open && one.unit === unit);
  const [step] = works(from) && from !== to ? await assignments(incident, [to]) : [];
  if (!step) {
    notices.warn(t('command.not_engaged', { unit: from }));
    return false;
  }
  const [command, said, back] = step;
  const { waiting } = act_queue;
  const given = await act(command);
  if (given.outcome !== 'done' && act_queue.waiting === waiting) return false;
  const undo = given.outcome === 'done' ? unswapped(key, from, to, works(to)) : null;
  const is_whole = await done({ type: 'assignment.release', incident: key, unit: from, reason: 'swapped' }, t('command.swapped', { from, to, number }), undo);
  if (!is_whole && given.outcome === 'done' && !works(to)) notices.done(said, undoer(() => back));
  return is_whole;
}

async function assign(incident: IncidentRow, units: readonly string[]): Promise<boolean> {
  return all(await assignments(incident, units));
}

/** To assign what was typed; the promise, rank and reasons are those of the recommendation, when the unit is in it. */
async function assignments(incident: IncidentRow, units: readonly string[]): Promise<readonly (readonly [AnyCommand, string, AnyCommand])[]> {
  const found = await look.recommendation(incident.key);
  const candidates = found.outcome === 'done' ? found.value.candidates : [];
  return units.map((unit) => {
    const candidate = candidates.find((one) => one.unit === unit);
    const advice = candidate ? { rank: candidate.rank, reasons: candidate.reasons.map((reason) => reason.key), offered: listed(candidates, unit), ...(candidate.promise ? { promise: candidate.promise } : {}) } : {};
    return [
      { type: 'assignment.assign', incident: incident.key, unit, agency: board.unit.get(unit)?.row.agency ?? '', ...advice },
      t('command.assigned_ok', { units: unit, incident: incident.number }),
      { type: 'assignment.release', incident: incident.key, unit, reason: 'undone' },
    ] as const;
  });
}
