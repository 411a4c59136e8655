/* Rows of the board, as the server sends them: whole, already redacted for this viewer, newest state only. They follow
   src/kentongan/core/rows.py field by field. Times are ISO 8601 in UTC. A personal text the viewer may not read is null
   or has no `text`. */

export type Priority = 'P0' | 'P1' | 'P2' | 'P3' | 'P4' | 'P5';

export type Progress =
  | 'assigned'
  | 'accepted'
  | 'departed'
  | 'on_scene'
  | 'at_patient'
  | 'transporting'
  | 'at_hospital'
  | 'handed_over'
  | 'clear';

export type Disposition =
  | 'ghost'
  | 'prank'
  | 'information'
  | 'wrong_number'
  | 'test'
  | 'incident'
  | 'called_back'
  | 'unreachable';

export type Outcome =
  | 'resolved'
  | 'transported'
  | 'refused_help'
  | 'not_found'
  | 'false_report'
  | 'no_unit'
  | 'handed_over'
  | 'duplicate'
  | 'no_incident';

export type PlaceSource = 'typed' | 'gazetteer' | 'coordinates' | 'pin' | 'network' | 'device' | 'cell' | 'aml' | 'link';

export interface Point {
  readonly lat: number;
  readonly lon: number;
}

/** Text about a person, as read: `text` is null when it was erased or may not be seen. */
export interface Sealed {
  readonly sealed: 'personal';
  readonly text?: string | null;
}

/** The part of a circle that an antenna serves: metres, degrees from north. */
export interface Sector {
  readonly inner_m: number;
  readonly outer_m: number;
  readonly start_deg: number;
  readonly opening_deg: number;
}

export interface Place {
  readonly words?: Sealed | null;
  readonly label?: Sealed | null;
  readonly landmark?: Sealed | null;
  readonly point?: Point | null;
  readonly radius_m?: number | null;
  readonly sector?: Sector | null;
  readonly kelurahan?: string | null;
  readonly kecamatan?: string | null;
  readonly source: PlaceSource;
  readonly uncertain: boolean;
  readonly cautions: readonly string[];
}

/** A measured position: WGS 84, metres, degrees from north. */
export interface Fix {
  readonly point: Point;
  readonly at: string;
  readonly accuracy_m?: number | null;
  readonly heading_deg?: number | null;
  readonly speed_m_s?: number | null;
}

/** What may be told to the caller: two verbs, three times. */
export interface Promised {
  readonly depart_by: string;
  readonly arrive_from: string;
  readonly arrive_to: string;
  readonly travel_source: string;
  /** The range is wider because the unit was last heard of so long before. */
  readonly position_age_s?: number | null;
  /** It was not heard of at all and is taken to stand at its post. */
  readonly at_post?: boolean;
}

interface Keyed<K extends string> {
  readonly kind: K;
  readonly key: string;
  readonly position: number;
}

export type PartyKind = 'agency' | 'interpreter' | 'hospital' | 'neighbour' | 'desk' | 'other';

/** Somebody brought into a call. `reason` is why they did not come, or who ended their place. */
export interface Party {
  readonly party: string;
  readonly kind: PartyKind;
  readonly state: 'invited' | 'joined' | 'held' | 'left' | 'failed';
  readonly invited_at: string;
  /** A key of the directory. */
  readonly contact: string | null;
  readonly number: Sealed | null;
  readonly desk: string | null;
  readonly agent_name: string | null;
  readonly joined_at: string | null;
  readonly ended_at: string | null;
  readonly reason: string | null;
}

export type SupervisionMode = 'listen' | 'whisper' | 'barge';

/** Somebody who hears another's call. */
export interface Supervisor {
  readonly desk: string;
  readonly agent: string;
  readonly agent_name: string;
  readonly mode: SupervisionMode;
  readonly since: string;
  readonly tone: boolean;
}

export type CallbackOutcome = 'reached' | 'busy' | 'no_answer' | 'unreachable' | 'voicemail' | 'not_called';

/** One attempt to ring back: the call that tried, and what came of it. */
export interface CallBackTry {
  readonly by: string;
  readonly outcome: CallbackOutcome;
  readonly at: string;
  readonly agent_name: string;
}

export type RawKind = 'location_reference' | 'location_unreadable' | 'location_with_defects' | 'access_network' | 'additional' | 'header';

/** Something that came with a call and was not understood, as it came. */
export interface RawFact {
  readonly kind: RawKind;
  readonly content: Sealed;
  readonly label: string;
  readonly cut: boolean;
}

export type RingStage = 'first' | 'second' | 'all' | 'supervisor' | 'telephones';

/** Where something said the caller is; `radius_m` is its own doubt, `at` when it was measured. */
export interface CallerPosition {
  readonly source: PlaceSource;
  readonly point: Point;
  readonly radius_m: number | null;
  readonly sector: Sector | null;
  readonly at: string;
  readonly cautions: readonly string[];
}

export interface CallRow extends Keyed<'call'> {
  readonly state: 'offered' | 'queued' | 'calling' | 'answered' | 'held' | 'transferred' | 'ended' | 'abandoned';
  readonly line: string;
  readonly ring_at: string;
  readonly number: Sealed | null;
  readonly number_withheld: boolean;
  readonly place: Place | null;
  readonly training: boolean;
  readonly remarks: readonly string[];
  readonly queued_at: string | null;
  readonly answered_at: string | null;
  readonly connected_at: string | null;
  readonly ended_at: string | null;
  readonly ended_by: string | null;
  readonly desk: string | null;
  readonly agent: string | null;
  readonly agent_name: string | null;
  readonly requeued: number;
  /** Keys the caller pressed, one after the other; two taps on the microphone read "tap". */
  readonly keys: string;
  readonly disposition: Disposition | null;
  readonly recordings: number;
  /** Still on somebody's list: not over, or abandoned or dropped and not disposed of. */
  readonly open: boolean;
  readonly line_priority: number;
  readonly language: string | null;
  readonly direction: 'in' | 'out';
  /** Desks where it rings now. */
  readonly rung: readonly string[];
  readonly rung_stage: RingStage | null;
  readonly declined: readonly string[];
  /** What the caller was asked, and no key pressed since. */
  readonly prompt: string | null;
  /** Why the last question is not heard, and is not asked by itself any more. */
  readonly prompt_cut: string | null;
  /** Since when the caller hears whether they can speak. */
  readonly silent_test_at: string | null;
  /** No sound comes from the caller with whom we speak. */
  readonly unheard_since: string | null;
  readonly parties: readonly Party[];
  readonly supervisors: readonly Supervisor[];
  readonly text_lines: number;
  /** The caller, beside the voice. */
  readonly has_written: boolean;
  /** The line broke while we spoke. */
  readonly dropped: boolean;
  /** Why it should be rung back first. */
  readonly risk: readonly string[];
  /** The call this one rings back. */
  readonly of: string | null;
  readonly owner: string | null;
  readonly owner_name: string | null;
  readonly callback_desk: string | null;
  readonly callback_due_at: string | null;
  /** Never by voice: somebody may listen at the other end. */
  readonly silent_only: boolean;
  readonly callbacks: readonly CallBackTry[];
  /** The one to believe first, first. */
  readonly positions: readonly CallerPosition[];
  readonly hold_recording: boolean;
  /** Of the worst leg, 1 to 4.5. */
  readonly mos: number | null;
  /** A process that measured died: its last seconds are not in it. */
  readonly mos_cut: boolean;
  readonly raw_facts: readonly RawFact[];
}

/** What is open at a change of shift, and who has it; keys and times only. */
export interface LeftSituation {
  readonly incidents: readonly {
    readonly incident: string;
    readonly number: number;
    readonly state: 'draft' | 'open';
    readonly nature: string | null;
    readonly priority: Priority | null;
    readonly kelurahan: string | null;
    readonly opened_at: string;
    readonly units: readonly string[];
    readonly unanswered: readonly string[];
    readonly from_at: string | null;
  }[];
  readonly alarms: readonly { readonly alarm_kind: AlarmKind; readonly code: string; readonly number: number | null; readonly unit: string | null; readonly since: string; readonly owner_name: string; readonly agency: string | null; readonly desk: string | null }[];
  readonly calls: readonly LeftCall[];
  readonly callbacks: readonly LeftCall[];
  readonly units: readonly { readonly unit: string; readonly reason: string; readonly since: string }[];
  readonly roads: readonly { readonly closure: string; readonly reason: string; readonly until_at: string | null }[];
  readonly pests: readonly { readonly call: string; readonly times: number }[];
  readonly desks: readonly { readonly desk: string; readonly agent_name: string; readonly state: string }[];
  readonly left_out: number;
}

export interface LeftCall {
  readonly call: string;
  readonly state: string;
  readonly since: string;
  readonly desk: string | null;
  readonly who: string;
}

/** A handover; its situation is there until it is signed. */
export interface Handover {
  readonly id: string;
  readonly written_at: string;
  readonly by: string;
  readonly by_name: string;
  readonly situation: LeftSituation | null;
  readonly note: Sealed | null;
  readonly signed_at: string | null;
  readonly signed_by_name: string;
}

export interface DeskRow extends Keyed<'desk'> {
  readonly state: 'free' | 'on_duty' | 'paused' | 'wrap_up';
  readonly agent: string | null;
  readonly agent_name: string | null;
  readonly roles: readonly string[];
  readonly since: string | null;
  readonly reason: string | null;
  readonly reason_text: Sealed | null;
  readonly skills: readonly string[];
  readonly languages: readonly string[];
  readonly protected: boolean;
  readonly wrap_up_until: string | null;
  /** The window that has this desk's sound. */
  readonly page: string;
  readonly handover: Handover | null;
}

export interface Told {
  readonly unit: string;
  readonly promise: Promised;
  readonly at: string;
}

/** A later promise that need not be read out: seen behind the link, or left with a reason. */
export interface Settled extends Told {
  readonly reason: string;
  readonly reason_text: Sealed | null;
  readonly by: string;
}

/** What somebody wrote in a field that another person had changed meanwhile: a person chooses. */
export interface Variant {
  readonly field: 'nature' | 'priority' | 'place' | 'name' | 'number' | 'complaint';
  readonly by: string;
  readonly by_name: string;
  readonly at: string;
  readonly nature: string | null;
  readonly priority: Priority | null;
  readonly place: Place | null;
  readonly words: Sealed | null;
}

/** Who wrote last in a field in which several did. */
export interface Edited {
  readonly field: Variant['field'];
  readonly by_name: string;
  readonly at: string;
}

export interface ReportRow extends Keyed<'report'> {
  readonly variants: readonly Variant[];
  readonly edited: readonly Edited[];
  readonly channel: 'call' | 'counter' | 'text';
  readonly opened_at: string;
  readonly call: string | null;
  readonly incident: string | null;
  readonly name: Sealed | null;
  readonly number: Sealed | null;
  readonly number_confirmed: boolean;
  readonly complaint: Sealed | null;
  readonly complaint_at: string | null;
  readonly fast_lane: boolean;
  readonly told: readonly Told[];
  readonly settled: readonly Settled[];
  /** Digests of the links by which the reporter follows the help. */
  readonly follow_links: readonly string[];
  /** Whether help has come, as the reporter says. */
  readonly came: boolean | null;
  readonly training: boolean;
}

/** Somebody of the agency is telephoned by the centre itself; no outcome while it rings. */
export interface Ringing {
  readonly call: string;
  readonly label: string;
  readonly at: string;
  readonly outcome: 'acknowledged' | 'not_taken' | 'no_key' | 'busy' | 'no_answer' | 'refused' | 'unreachable' | 'cancelled' | null;
  readonly tries: number;
}

export interface Task {
  readonly agency: string;
  readonly role: 'lead' | 'support';
  readonly state: 'tasked' | 'notified' | 'acknowledged' | 'refused' | 'handed_over' | 'completed' | 'withdrawn';
  readonly tasked_at: string;
  readonly notified_at: string | null;
  readonly acknowledged_at: string | null;
  readonly ended_at: string | null;
  readonly reason: string | null;
  /** The words, where somebody typed why; `reason` is then "text". */
  readonly reason_text: Sealed | null;
  readonly to: string | null;
  readonly escalated: number;
  readonly ringing: Ringing | null;
}

export interface Assignment {
  readonly unit: string;
  readonly agency: string;
  readonly progress: Progress;
  readonly progress_at: Readonly<Partial<Record<Progress, string>>>;
  readonly promise: Promised | null;
  /** What was promised before any revision; null while there was none. */
  readonly first_promise: Promised | null;
  readonly alert_delivered_at: string | null;
  readonly escalated_at: string | null;
  readonly destination: string | null;
  readonly released: boolean;
  readonly release_reason: string | null;
  readonly release_reason_text: Sealed | null;
  readonly open: boolean;
  readonly ended_at: string | null;
  /** It did not answer when it was asked by radio, since then. */
  readonly unheard_at: string | null;
}

/** Where a crew says the incident really is; `has_alias` when the words it was said under were passed on,
    `doubt` why they wait for review. */
export interface PlaceCorrection {
  readonly unit: string;
  readonly point: Point;
  readonly accuracy_m: number | null;
  readonly words: Sealed | null;
  readonly at: string;
  readonly agent_name: string;
  readonly has_alias: boolean;
  readonly doubt: AliasRow['doubt'];
}

export type HelpKind = 'police' | 'ambulance' | 'fire_rescue' | 'other' | 'reporter';

/** What a unit, or an agency, asks the room for; nobody sees to it yet while `answered_at` is null. */
export interface HelpWanted {
  readonly what: HelpKind;
  readonly unit: string | null;
  readonly agency: string | null;
  readonly words: Sealed | null;
  readonly at: string;
  readonly agent_name: string;
  readonly answered_at: string | null;
  readonly answered_by: string;
}

export interface Note {
  readonly text: Sealed;
  readonly at: string;
  readonly agent_name: string;
}

/** Words from the room for a unit or an agency. */
export interface Message {
  readonly text: Sealed;
  readonly at: string;
  readonly agent_name: string;
  readonly unit: string | null;
  readonly agency: string | null;
}

/** A unit was told to get ready; `incident` is null for who may not see it. */
export interface PreAlert {
  readonly incident: string | null;
  readonly number: number;
  readonly at: string;
  readonly until: string;
  readonly by: string;
}

export interface TriageAnswer {
  readonly question: string;
  readonly answer: string;
  /** The words of an answer in words; `answer` is then "text". */
  readonly answer_text: Sealed | null;
  readonly protocol: string | null;
  readonly version: number | null;
  /** Whether the authority had signed that version; null where nobody noted it. */
  readonly signed: boolean | null;
  readonly at: string;
}

/** The clock of unmet demand: since when no fitting unit was free; `reasons` are `reason:count`. */
export interface Shortage {
  readonly since: string;
  readonly reasons: readonly string[];
  readonly decisions: readonly ShortageDecision[];
  readonly ended_at: string | null;
}

export type ShortageWay = 'soon_free' | 'part' | 'other_agency' | 'neighbour' | 'own_transport' | 'wait';

export interface ShortageDecision {
  readonly way: ShortageWay;
  readonly agency: string | null;
  readonly unit: string | null;
  readonly note: Sealed | null;
  readonly at: string;
  readonly agent_name: string;
}

/** Many casualties: the last counts of each triage tag, and where further units wait. */
export interface Mass {
  readonly since: string | null;
  readonly agent_name: string;
  readonly ended_at: string | null;
  readonly red: number;
  readonly yellow: number;
  readonly green: number;
  readonly black: number;
  readonly counted_at: string | null;
  readonly counted_by: string;
  readonly staging: Place | null;
  readonly zones: readonly UnitZone[];
}

/** What endangers those who come; 'none' is the answer of a caller who knows of nothing. */
export type Danger = 'electricity' | 'gas' | 'fire' | 'chemicals' | 'weapon' | 'crowd' | 'traffic' | 'water' | 'collapse' | 'animal' | 'none';
export type Zone = 'hot' | 'warm' | 'cold';

/** In which zone of a mass event a unit works. */
export interface UnitZone {
  readonly unit: string;
  readonly zone: Zone;
  readonly at: string;
  readonly agent_name: string;
}

/** A hospital that was told of a patient, and its answer; `accepted` null while there is none. */
export interface HospitalWarning {
  readonly hospital: string;
  readonly at: string;
  readonly agent_name: string;
  readonly unit: string | null;
  readonly text: Sealed | null;
  readonly accepted: boolean | null;
  readonly answered_at: string | null;
  readonly said: Sealed | null;
}

/** Between when somebody comes who was not called to come at once. */
export interface Appointment {
  readonly from_at: string;
  readonly until_at: string;
  readonly set_by: string;
  readonly moved: number;
}

/** A picture from the scene, by the id under which it is kept. */
export interface Photo {
  readonly photo: string;
  readonly at: string;
  readonly agent_name: string;
  readonly width: number;
  readonly height: number;
}

export interface IncidentRow extends Keyed<'incident'> {
  readonly variants: readonly Variant[];
  readonly edited: readonly Edited[];
  readonly state: 'draft' | 'open' | 'closed';
  /** The day's short number, to say and to type. */
  readonly number: number;
  readonly long_id: string;
  readonly code: string;
  readonly opened_at: string;
  readonly opened_by: string;
  readonly nature: string | null;
  readonly priority: Priority | null;
  readonly flags: readonly string[];
  readonly sensitive: boolean;
  readonly place: Place | null;
  readonly located: boolean;
  readonly located_at: string | null;
  readonly classified_at: string | null;
  readonly sent_at: string | null;
  readonly appointment: Appointment | null;
  /** The number under which another office has it. */
  readonly ticket: { readonly agency: string; readonly number: string } | null;
  /** It was written on paper first. */
  readonly late: { readonly form: string; readonly entered_at: string; readonly entered_by: string } | null;
  readonly closed_at: string | null;
  readonly outcome: Outcome | null;
  readonly merged_into: string | null;
  readonly reports: readonly string[];
  readonly tasks: readonly Task[];
  readonly assignments: readonly Assignment[];
  readonly triage: readonly TriageAnswer[];
  readonly instructions: readonly string[];
  /** There are instructions, and the city withholds unsigned ones. */
  readonly instructions_withheld: boolean;
  /** The first compression of a resuscitation by telephone. */
  readonly compressions_at: string | null;
  /** People hurt, by a caller's word; null while nobody said. */
  readonly casualties: number | null;
  readonly dangers: readonly Danger[];
  readonly supervisor: boolean;
  readonly notes: readonly Note[];
  readonly corrections: readonly PlaceCorrection[];
  readonly messages: readonly Message[];
  readonly shortage: Shortage | null;
  readonly mass: Mass | null;
  readonly warned: readonly HospitalWarning[];
  readonly photos: readonly Photo[];
  readonly help_wanted: readonly HelpWanted[];
  readonly training: boolean;
}

/** A unit works on an incident now; the key is the unit. Gone when it is free again. */
export interface EngagementRow extends Keyed<'engagement'> {
  readonly incident: string;
  readonly number: number;
  readonly progress: Progress;
  readonly since: string;
  readonly priority: Priority | null;
}

export interface UnitRow extends Keyed<'unit'> {
  readonly state: 'off_duty' | 'available' | 'out_of_service';
  readonly agency: string;
  readonly unit_kind: string;
  readonly label: string;
  readonly capabilities: readonly string[];
  readonly post: string;
  readonly home: Point;
  readonly since: string;
  readonly crew_size: number;
  readonly demo: boolean;
  readonly reason: string | null;
  readonly reason_text: Sealed | null;
  readonly emergency_at: string | null;
  readonly emergency_fix: Fix | null;
  readonly pre_alert: PreAlert | null;
  readonly messages: readonly Message[];
}

export interface AgencyRow extends Keyed<'agency'> {
  readonly name: string;
  readonly short: string;
  readonly agency_kind: string;
  readonly mode: string;
  readonly on_duty: readonly string[];
}

/** A shape on the city, longitude before latitude (RFC 7946). */
export type Shape = GeoJSON.Point | GeoJSON.MultiPoint | GeoJSON.LineString | GeoJSON.MultiLineString | GeoJSON.Polygon | GeoJSON.MultiPolygon;

/** Roads shut or slowed, until it is lifted or its time is over. A factor of 0 closes. */
export interface ClosureRow extends Keyed<'closure'> {
  readonly seq: number;
  readonly geometry: Shape;
  readonly label: Sealed | null;
  readonly way: number | null;
  readonly factors: Readonly<Record<string, number>>;
  readonly depth_cm: number | null;
  readonly direction: 'both' | 'forward' | 'backward';
  readonly from_at: string | null;
  readonly until_at: string | null;
  readonly reason: string;
  readonly reason_text: Sealed | null;
  readonly closed_at: string;
  readonly closed_by: string;
  readonly changed_at: string | null;
  readonly changed_by: string;
  readonly lifted_at: string | null;
  readonly lifted_by: string;
  readonly lift_reason: string;
  readonly lift_reason_text: Sealed | null;
}

/** Local words for a point, or the true point of a known name. */
export interface AliasRow extends Keyed<'alias'> {
  readonly seq: number;
  readonly state: 'new' | 'reviewed' | 'refused' | 'undone';
  readonly phrases: readonly Sealed[];
  readonly label: Sealed | null;
  readonly point: Point;
  readonly document: string | null;
  readonly accuracy_m: number;
  readonly incident: string | null;
  readonly unit: string | null;
  readonly note: Sealed | null;
  readonly added_at: string;
  readonly added_by: string;
  readonly reviewed_at: string | null;
  readonly reviewed_by: string;
  readonly review_note: Sealed | null;
  readonly undone_at: string | null;
  readonly undone_by: string;
  readonly undo_reason: Sealed | null;
  readonly sensitive: boolean;
  /** Why a new one is not in effect before it is reviewed. */
  readonly doubt: '' | 'far' | 'coarse' | 'vague';
  readonly ended_at: string | null;
}

export type ChangeOf = 'unit_added' | 'unit_removed' | 'post_opened' | 'post_closed' | 'rule_changed' | 'road_closed' | 'road_opened';

/** A change of the service that was noted afterwards: since `day` it is so. */
export interface ChangeRow extends Keyed<'change'> {
  readonly what: ChangeOf;
  readonly day: string;
  readonly units: readonly string[];
  readonly place: string;
  readonly other: string;
  readonly rule: 'core' | 'closest' | null;
  readonly point: Point | null;
  readonly note: Sealed | null;
  readonly noted_at: string;
  readonly noted_by: string;
  readonly withdrawn_at: string | null;
  readonly withdrawn_by: string;
  readonly withdraw_reason: Sealed | null;
}

export type AlarmKind =
  | 'crew_emergency'
  | 'call_waiting'
  | 'no_unit'
  | 'not_accepted'
  | 'not_departed'
  | 'late'
  | 'agency_silent'
  | 'call_dropped'
  | 'long_on_scene'
  | 'stale_position'
  | 'system'
  | 'no_free_unit'
  | 'caller_untold'
  | 'help_wanted'
  | 'alarm_flood';

export type Grade = 'panic' | 'critical' | 'high' | 'medium';

/** An alarm that stands. Without an owner it sounds; `to` are the roles it is shown to now. */
export interface AlarmRow extends Keyed<'alarm'> {
  readonly alarm_kind: AlarmKind;
  /** What it is about, unique within its kind. */
  readonly about: string;
  readonly code: string;
  readonly grade: Grade;
  readonly to: readonly string[];
  readonly since: string;
  readonly limit_s: number;
  readonly raised_at: string;
  readonly level: number;
  readonly number: number | null;
  readonly incident: string | null;
  readonly unit: string | null;
  readonly call: string | null;
  readonly agency: string | null;
  readonly desk: string | null;
  readonly detail: string;
  readonly node: string;
  readonly owner: string | null;
  readonly owner_name: string;
  readonly owner_desk: string | null;
  readonly shelved_until: string | null;
  readonly shelved_by: string;
  readonly shelve_reason: string;
  readonly shelve_reason_text: Sealed | null;
}

export type EmergencyRoom = 'open' | 'busy' | 'full' | 'closed';

/** How a hospital stands, as somebody said at `at`; it is as old as that. */
export interface HospitalRow extends Keyed<'hospital'> {
  readonly emergency: EmergencyRoom;
  readonly beds: number | null;
  readonly note: Sealed | null;
  readonly at: string;
  readonly agent_name: string;
}

/** A place of the city pack whose change weakens safety. */
export interface Weakened {
  readonly file: string;
  readonly path: string;
  readonly rule: string;
  readonly before: string;
  readonly after: string;
}

/** The words of a protocol, named by their digest. */
export interface ProtocolNamed {
  readonly protocol: string;
  readonly version: number;
  readonly digest: string;
}

/** A protocol that is new or different, and who must sign it; records from before do not say who. */
export interface ProtocolChanged extends ProtocolNamed {
  readonly authority: readonly string[];
}

export interface PackVersion {
  readonly number: number;
  readonly base: number;
  readonly state: 'proposed' | 'active' | 'replaced' | 'withdrawn';
  readonly files: readonly string[];
  readonly reason: string;
  readonly changes: number;
  readonly proposer: string;
  readonly proposed_by: string;
  readonly proposed_at: string;
  readonly restores: number | null;
  readonly weakens: readonly Weakened[];
  readonly protocols: readonly ProtocolChanged[];
  readonly restart: readonly string[];
  readonly agreed_by: string;
  readonly agreed_at: string | null;
  readonly agree_note: string;
  readonly activated_by: string;
  readonly activated_at: string | null;
  readonly withdrawn_by: string;
  readonly withdraw_reason: string;
}

/** Who signed, as which authority; one from before names none. */
export interface Signature extends ProtocolNamed {
  readonly signed_by: string;
  readonly signed_at: string;
  readonly authority: string;
  readonly signer: string | null;
}

/** What becomes of unsigned instructions on duty. Who chose it and why is shown to whom the versions are. */
export interface UnsignedRule {
  readonly use: UnsignedUse;
  readonly reason: string;
  readonly chosen_by: string;
  readonly chosen_at: string | null;
}

export type UnsignedUse = 'shown' | 'withheld';

/** The city pack: which version is in use; 0 is the one on disk. Versions are shown to admins, approvers, supervisors. */
export interface PackRow extends Keyed<'pack'> {
  readonly active: number;
  readonly active_since: string | null;
  readonly versions: readonly PackVersion[];
  readonly signatures: readonly Signature[];
  readonly unsigned: UnsignedRule;
  /** When words were signed last. */
  readonly signed_at: string | null;
}

export interface RowOf {
  call: CallRow;
  report: ReportRow;
  incident: IncidentRow;
  unit: UnitRow;
  engagement: EngagementRow;
  agency: AgencyRow;
  desk: DeskRow;
  closure: ClosureRow;
  alias: AliasRow;
  change: ChangeRow;
  pack: PackRow;
  alarm: AlarmRow;
  hospital: HospitalRow;
}

export type Kind = keyof RowOf;
export type Row = RowOf[Kind];

/** Why: the words that somebody typed, or else the key. */
export function whyOf(key: string | null, words: Sealed | null): string {
  return words === null ? (key ?? '') : textOf(words);
}

/** The text of a personal value, or "" when there is none to read. */
export function textOf(sealed: Sealed | null | undefined): string {
  return sealed?.text ?? '';
}

/** A place in one line: what was accepted, else what was said, else its coordinates; "" when nothing is known. */
export function placeOf(place: Place | null | undefined): string {
  const point = place?.point;
  return textOf(place?.label) || textOf(place?.words) || (point ? `${point.lat.toFixed(5)}, ${point.lon.toFixed(5)}` : '');
}
