/* Proof, at compile time, that what these screens read and send is what the server describes: `schema.ts` is generated
   from the server's own description (`npm run wire`), and a field or a command that it does not have fails
   `npm run check` here, by name. Nothing of this reaches the browser. */
import type { AnyCommand } from './commands.ts';
import type * as map from './map.ts';
import type * as pack from './pack.ts';
import type * as plans from './plans.ts';
import type * as rows from './rows.ts';
import type { components } from './schema.ts';
import type * as types from './types.ts';
import type * as voice from './voice.ts';

type Described = components['schemas'];

/** Fields of ours that the server's type has not: must be none. */
type Unknown<Ours, Theirs> = Exclude<keyof Ours, keyof Theirs>;

interface Read {
  call: Unknown<rows.CallRow, Described['CallRow']>;
  caller_position: Unknown<rows.CallerPosition, Described['CallerPosition']>;
  desk: Unknown<rows.DeskRow, Described['DeskRow']>;
  report: Unknown<rows.ReportRow, Described['ReportRow']>;
  incident: Unknown<rows.IncidentRow, Described['IncidentRow']>;
  unit: Unknown<rows.UnitRow, Described['UnitRow']>;
  engagement: Unknown<rows.EngagementRow, Described['EngagementRow']>;
  agency: Unknown<rows.AgencyRow, Described['AgencyRow']>;
  correction: Unknown<rows.PlaceCorrection, Described['PlaceCorrection']>;
  help_wanted: Unknown<rows.HelpWanted, Described['HelpWanted']>;
  closure: Unknown<rows.ClosureRow, Described['ClosureRow']>;
  alias: Unknown<rows.AliasRow, Described['AliasRow']>;
  change: Unknown<rows.ChangeRow, Described['ChangeRow']>;
  pack_row: Unknown<rows.PackRow, Described['PackRow']>;
  pack_version: Unknown<rows.PackVersion, Described['PackVersion']>;
  pack: Unknown<pack.PackShown, Described['PackShown']>;
  pack_column: Unknown<pack.Column, Described['Column']>;
  pack_table: Unknown<pack.PackTable, Described['Table']>;
  pack_trial: Unknown<pack.Trial, Described['TrialShown']>;
  pack_touched: Unknown<pack.Touched, Described['Touched']>;
  alarm: Unknown<rows.AlarmRow, Described['AlarmRow']>;
  hospital: Unknown<rows.HospitalRow, Described['HospitalRow']>;
  shortage: Unknown<rows.Shortage, Described['Shortage']>;
  shortage_decision: Unknown<rows.ShortageDecision, Described['ShortageDecision']>;
  mass: Unknown<rows.Mass, Described['Mass']>;
  hospital_warning: Unknown<rows.HospitalWarning, Described['HospitalWarning']>;
  photo: Unknown<rows.Photo, Described['Photo']>;
  alternative: Unknown<plans.Alternative, Described['AlternativeOffered']>;
  message: Unknown<rows.Message, Described['Message']>;
  pre_alert: Unknown<rows.PreAlert, Described['PreAlert']>;
  map_city: Unknown<map.MapCity, Described['MapCity']>;
  city_shown: Unknown<map.CityShown, Described['CityShown']>;
  facility: Unknown<map.MapFacility, Described['MapFacility']>;
  route: Unknown<map.Route, Described['Route']>;
  incident_track: Unknown<map.IncidentTrack, Described['IncidentTrack']>;
  drive: Unknown<map.Drive, Described['DriveShown']>;
  travel: Unknown<map.Travel, Described['Travel']>;
  coverage: Unknown<map.CoverageShown, Described['CoverageShown']>;
  task: Unknown<rows.Task, Described['Task']>;
  assignment: Unknown<rows.Assignment, Described['Assignment']>;
  place: Unknown<rows.Place, Described['ShownPlace']>;
  fix: Unknown<rows.Fix, Described['Fix']>;
  appointment: Unknown<rows.Appointment, Described['Appointment']>;
  handover: Unknown<rows.Handover, Described['Handover']>;
  left: Unknown<rows.LeftSituation, Described['Situation']>;
  left_call: Unknown<rows.LeftCall, Described['LeftCall']>;
  variant: Unknown<rows.Variant, Described['Variant']>;
  edited: Unknown<rows.Edited, Described['Edited']>;
  told: Unknown<rows.Told, Described['Told']>;
  settled: Unknown<rows.Settled, Described['Settled']>;
  triage: Unknown<rows.TriageAnswer, Described['TriageAnswer']>;
  promise: Unknown<rows.Promised, Described['Promise']>;
  arrival: Unknown<types.Arrival, Described['Proposal']>;
  session: Unknown<types.Session, Described['Me']>;
  me: Unknown<types.Me, Described['Agent']>;
  demo: Unknown<plans.Demo, Described['Demo']>;
  demo_account: Unknown<plans.DemoAccount, Described['DemoAccount']>;
  plans: Unknown<plans.Plans, Described['PlansDocument']>;
  places: Unknown<plans.PlacesFound, Described['PlacesFound']>;
  place_notice: Unknown<plans.PlaceNotice, Described['PlaceNotice']>;
  nature: Unknown<plans.Nature, Described['NaturePlan']>;
  protocol: Unknown<plans.Protocol, Described['Protocol']>;
  question: Unknown<plans.Question, Described['Question']>;
  proposal: Unknown<plans.PlaceProposal, Described['PlaceProposal']>;
  duplicate: Unknown<plans.Duplicate, Described['Duplicate']>;
  earlier: Unknown<plans.EarlierCall, Described['EarlierCall']>;
  candidate: Unknown<plans.Candidate, Described['OfferedUnit']>;
  recommendation: Unknown<plans.Recommendation, Described['RecommendationAnswer']>;
  soon_free: Unknown<plans.SoonFree, Described['SoonFreeUnit']>;
  not_offered: Unknown<plans.NotOffered, Described['UnitNotOffered']>;
  plan_proposed: Unknown<plans.PlanProposed, Described['PlanProposed']>;
  timeline: Unknown<plans.TimelineEntry, Described['TimelineEntry']>;
  party: Unknown<rows.Party, Described['Party']>;
  supervisor: Unknown<rows.Supervisor, Described['Supervisor']>;
  callback: Unknown<rows.CallBackTry, Described['CallBackTry']>;
  contact: Unknown<voice.Contact, Described['Contact']>;
  location_link: Unknown<voice.LocationLink, Described['LinkMade']>;
  segment: Unknown<voice.Segment, Described['Segment']>;
  ticket: Unknown<voice.PlayTicket, Described['PlayTicket']>;
  health: Unknown<voice.Health, Described['Health']>;
  found: Unknown<plans.Found, Described['Found']>;
}

type AnyDescribed = Described['CommandRequest']['command'];

/** Per command: its own name when the server does not know it, else the fields the server does not take. */
type Sent = {
  [T in AnyCommand['type']]: Extract<AnyDescribed, { type: T }> extends never
    ? T
    : Unknown<Extract<AnyCommand, { type: T }>, Extract<AnyDescribed, { type: T }>>;
};

/** The words of a closed list are the same on both sides. */
interface Words {
  priority: Exclude<rows.Priority, Described['Priority']>;
  progress: Exclude<rows.Progress, Described['Progress']> | Exclude<Described['Progress'], rows.Progress>;
  disposition: Exclude<rows.Disposition, Described['Disposition']>;
  outcome: Exclude<rows.Outcome, Described['Outcome']>;
  source: Exclude<rows.PlaceSource, Described['PlaceSource']>;
  role: Exclude<types.Role, Described['Role']>;
}

type None<T extends Record<keyof T, never>> = T;

export type Agreed = [None<Read>, None<Sent>, None<Words>];
