/* What a screen may ask of the server's one door. `type` is the tag on the wire; a command carries what the person knows
   and nothing else. Commands of the switch and of timers are not here: a browser never sends them. */
import type { Offered } from './plans.ts';
import type { ChangeOf, ClosureRow, Danger, Disposition, EmergencyRoom, Fix, HelpKind, Outcome, PartyKind, PlaceSource, Point, Priority, Progress, Promised, Sector, Shape, ShortageWay, SupervisionMode, UnsignedUse, Zone } from './rows.ts';

/** Text about a person: the server seals it, the journal keeps a salted digest. */
export interface Personal {
  readonly sealed: 'personal';
  readonly text: string;
}

export function personal(text: string): Personal {
  return { sealed: 'personal', text };
}

/** Where it is said to be; leave out what is not known. */
export interface PlaceSaid {
  readonly words?: Personal;
  readonly label?: Personal;
  readonly landmark?: Personal;
  readonly point?: Point;
  readonly radius_m?: number;
  readonly sector?: Sector;
  readonly kelurahan?: string;
  readonly kecamatan?: string;
  readonly source?: PlaceSource;
  readonly uncertain?: boolean;
  readonly cautions?: readonly string[];
}

/** Who asks for what: a unit, or else an agency. */
export interface HelpSaid {
  readonly incident: string;
  readonly what: HelpKind;
  readonly unit?: string;
  readonly agency?: string;
}

/** Roads shut or slowed; a change tells all of it anew. */
export interface ClosureSaid {
  readonly closure: string;
  readonly geometry: Shape;
  readonly reason: string;
  readonly label?: Personal;
  readonly factors?: Readonly<Record<string, number>>;
  readonly depth_cm?: number;
  readonly direction?: ClosureRow['direction'];
  readonly from_at?: string;
  readonly until_at?: string;
}

/** A paper form, with the times that stand on it. */
export interface LateForm {
  readonly incident: string;
  readonly form: string;
  readonly called_at: string;
  readonly nature: string;
  readonly report?: string;
  readonly place?: PlaceSaid;
  readonly sent_at?: string;
  readonly tasks?: readonly { readonly agency: string; readonly told_at: string; readonly answered_at?: string }[];
  readonly units?: readonly { readonly unit: string; readonly agency: string; readonly progress_at: Readonly<Partial<Record<Progress, string>>>; readonly destination?: string }[];
  readonly closed_at?: string;
  readonly outcome?: Outcome;
  readonly note?: Personal;
}

interface Fields {
  'call.answer': { call: string; desk: string };
  'call.hold': { call: string };
  'call.resume': { call: string };
  'call.end': { call: string; by: 'desk'; reason?: string };
  'call.dispose': { call: string; disposition: Disposition; note?: Personal };
  'call.text': { call: string; by: 'desk'; text: Personal };
  'call.decline': { call: string; desk: string; reason: string };
  'call.ask_location': { call: string };
  'call.prompt': { call: string };
  'call.invite_party': { call: string; party: string; kind: PartyKind; contact?: string; number?: Personal; desk?: string; blind?: boolean };
  'call.drop_party': { call: string; party: string };
  'call.hold_party': { call: string; party: string };
  'call.resume_party': { call: string; party: string };
  'call.transfer': { call: string; party: string; blind: boolean };
  'call.pass': { call: string; desk: string };
  /** `call` is a new id; an empty number is that of the call which is rung back. */
  'call.call_back': { call: string; of: string; number: Personal; line: string; trunk: string; desk: string };
  'call.claim': { call: string };
  'call.note_callback': { call: string; by: string; outcome: 'voicemail' | 'not_called' | 'reached' };
  'call.supervise': { call: string; desk: string; mode: SupervisionMode; tone: boolean };
  'call.stop_supervising': { call: string; desk: string };
  'call.take_over': { call: string; desk: string };
  'desk.start_duty': { desk: string; page?: string; take_over?: boolean; headset_checked: boolean; skills?: readonly string[]; languages?: readonly string[] };
  'desk.end_duty': { desk: string };
  'desk.pause': { desk: string; reason: string };
  'desk.resume': { desk: string };
  'desk.protect': { desk: string; reason: string };
  'desk.unprotect': { desk: string };
  'desk.end_wrap_up': { desk: string };
  'desk.force_end': { desk: string; reason: string };
  'desk.write_handover': { desk: string; handover: string; note?: Personal };
  'desk.sign_handover': { desk: string; handover: string };
  'report.open': { report: string; channel?: 'call' | 'counter' | 'text'; call?: string; training?: boolean };
  /** `seen`, here and below: the row's position when the asker looked; what others wrote after that is not written over. */
  'report.identify': { report: string; name?: Personal; number?: Personal; number_confirmed?: boolean; seen?: number };
  'report.take_complaint': { report: string; words: Personal; seen?: number };
  'report.settle_variant': { report: string; field: string; by: string; take: boolean; at?: string; seen?: number };
  'report.enter_fast_lane': { report: string; word: string };
  'report.leave_fast_lane': { report: string };
  'report.tell_caller': { report: string; incident: string; unit: string; promise: Promised };
  'report.settle_slip': { report: string; incident: string; unit: string; promise: Promised; reason: string };
  'incident.open': { incident: string; report?: string; training?: boolean };
  'incident.locate': { incident: string; place: PlaceSaid; seen?: number };
  'incident.classify': { incident: string; nature: string; priority?: Priority; seen?: number };
  'incident.set_priority': { incident: string; priority: Priority; reason?: string; seen?: number };
  'incident.settle_variant': { incident: string; field: string; by: string; take: boolean; at?: string; seen?: number };
  'incident.answer_triage': { incident: string; question: string; answer: string; protocol?: string };
  'incident.send': { incident: string; complete?: boolean };
  'incident.unsend': { incident: string };
  'incident.add_note': { incident: string; text: Personal };
  'incident.link_report': { incident: string; report: string };
  'incident.unlink_report': { incident: string; report: string };
  'incident.merge': { incident: string; into: string };
  'incident.unmerge': { incident: string };
  /** Without times there is no appointment any more. */
  'incident.schedule': { incident: string; from_at?: string; until_at?: string; reason?: string };
  /** Without a ticket of its own the incident's long id is the number. */
  'incident.hand_on': { incident: string; agency: string; ticket?: string };
  'incident.record_late': LateForm;
  'incident.close': { incident: string; outcome: Outcome; note?: Personal };
  'incident.reopen': { incident: string; reason: string };
  'task.task': { incident: string; agency: string; lead?: boolean };
  'task.withdraw': { incident: string; agency: string };
  /** `answer` is the state that the answer led to. */
  'task.take_back': { incident: string; agency: string; answer: 'acknowledged' | 'refused' | 'handed_over' | 'completed' };
  'task.acknowledge': { incident: string; agency: string };
  'task.refuse': { incident: string; agency: string; reason: string };
  'task.hand_over': { incident: string; agency: string; to: string; reason?: string };
  'task.complete': { incident: string; agency: string };
  'assignment.assign': {
    incident: string;
    unit: string;
    agency: string;
    promise?: Promised;
    rank?: number;
    reasons?: readonly string[];
    passed_over?: readonly { unit: string; reason: string }[];
    offered?: readonly Offered[];
  };
  'assignment.deliver_alert': { incident: string; unit: string; channel: string };
  'assignment.progress': {
    incident: string;
    unit: string;
    progress: Progress;
    fix?: Fix;
    destination?: string;
    correction?: boolean;
  };
  'assignment.radio_check': { incident: string; unit: string; answered: boolean };
  'assignment.release': { incident: string; unit: string; reason: string };
  'assignment.restore': { incident: string; unit: string };
  'assignment.break_down': { incident: string; unit: string; reason: string };
  'assignment.revise_promise': { incident: string; unit: string; promise: Promised };
  'pack.propose': { pack: string; base: number; files: Readonly<Record<string, string>>; reason: string; restores?: number };
  'pack.agree': { pack: string; number: number; note?: string };
  'pack.sign_protocol': { pack: string; protocol: string; version: number; digest: string; authority: string };
  'pack.choose_unsigned': { pack: string; use: UnsignedUse; reason: string };
  'pack.activate': { pack: string; number: number };
  'pack.withdraw': { pack: string; number: number; reason?: string };
  'unit.start_duty': { unit: string };
  'unit.end_duty': { unit: string };
  'unit.out_of_service': { unit: string; reason: string };
  'unit.return_to_service': { unit: string };
  'unit.raise_emergency': { unit: string; fix?: Fix };
  'assignment.correct_place': { incident: string; unit: string; fix: Fix; words?: Personal };
  'closure.close': ClosureSaid;
  'closure.change': ClosureSaid;
  'closure.lift': { closure: string; reason?: string };
  'alias.add': { alias: string; phrases: readonly Personal[]; label: Personal; point: Point; document?: string; accuracy_m?: number; incident?: string; note?: Personal };
  'alias.review': { alias: string; accepted: boolean; note?: Personal };
  'change.note': { change: string; what: ChangeOf; day: string; units?: readonly string[]; place?: string; other?: string; rule?: 'core' | 'closest'; point?: Point; note?: Personal };
  'change.withdraw': { change: string; reason?: Personal };
  'alias.undo': { alias: string; reason?: Personal };
  'unit.pre_alert': { unit: string; incident: string; number: number };
  'unit.lift_pre_alert': { unit: string; reason?: string };
  'unit.message': { unit: string; text: Personal };
  'incident.message': { incident: string; text: Personal; unit?: string; agency?: string };
  'incident.record_shortage': { incident: string; reasons?: readonly string[] };
  'incident.decide_shortage': { incident: string; way: ShortageWay; agency?: string; unit?: string; note?: Personal };
  'incident.declare_mass': { incident: string };
  'incident.end_mass': { incident: string };
  'incident.begin_compressions': { incident: string };
  'incident.count_casualties': { incident: string; red: number; yellow: number; green: number; black: number };
  'desk.unsign_handover': { desk: string; handover: string };
  'incident.tell_casualties': { incident: string; people?: number };
  'incident.note_danger': { incident: string; danger: Danger; present: boolean };
  'incident.set_staging': { incident: string; place?: PlaceSaid };
  'incident.set_zone': { incident: string; unit: string; zone?: Zone };
  'incident.warn_hospital': { incident: string; hospital: string; unit?: string; text?: Personal };
  'incident.answer_for_hospital': { incident: string; hospital: string; accepted: boolean; said?: Personal };
  'incident.request_help': HelpSaid & { words?: Personal };
  'incident.withdraw_help': HelpSaid;
  'incident.answer_help': HelpSaid & { seen_to: boolean };
  'hospital.set_status': { hospital: string; emergency: EmergencyRoom; beds?: number; note?: Personal };
  'alarm.take': { alarm: string };
  'alarm.leave': { alarm: string; reason?: string };
  'alarm.shelve': { alarm: string; minutes: number; reason: string };
  'unit.clear_emergency': { unit: string; note?: string };
  'agency.start_duty': { agency: string };
  'agency.end_duty': { agency: string };
}

export type CommandType = keyof Fields;
export type CommandOf<T extends CommandType> = { readonly type: T } & Readonly<Fields[T]>;
export type AnyCommand = { [T in CommandType]: CommandOf<T> }[CommandType];
