"""Which roles may ask which command: the table, nothing else. `core.access` applies it.

Every command of the closed union has a line; a test fails when one is missing, and keeps the whole
matrix as a text file, so that a change of permission is a change one can read.
"""

from typing import Final

from msgspec import Struct

from kentongan.core import commands as c
from kentongan.core.commands import account as a
from kentongan.core.commands import call_unheard as u
from kentongan.core.commands import desk as d
from kentongan.core.commands import pack as k
from kentongan.core.commands import past_change as p
from kentongan.core.commands import scene as s
from kentongan.core.commands import undo as n
from kentongan.core.commands import variant as v
from kentongan.core.words import Role

_TAKER, _DISPATCHER, _SUPERVISOR = Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR
_OFFICER, _CREW, _ADMIN, _SYSTEM = Role.AGENCY_OFFICER, Role.CREW, Role.ADMIN, Role.SYSTEM
_EVALUATOR, _APPROVER = Role.EVALUATOR, Role.APPROVER

_SWITCH: Final = frozenset({_SYSTEM})
_ROOM: Final = frozenset({_TAKER, _DISPATCHER, _SUPERVISOR})
_ROOM_AND_SYSTEM: Final = _ROOM | {_SYSTEM}
_DISPATCH: Final = frozenset({_DISPATCHER, _SUPERVISOR})
_FIELD: Final = _DISPATCH | {_OFFICER, _CREW}
_AGENCY_ANSWERS: Final = _DISPATCH | {_OFFICER}

ROLES: Final[dict[type[Struct], frozenset[Role]]] = {
    c.OfferCall: _SWITCH,
    c.QueueCall: _SWITCH,
    c.AnswerCall: _ROOM,
    c.ConnectCall: _SWITCH,
    c.HoldCall: _ROOM_AND_SYSTEM,
    c.ResumeCall: _ROOM_AND_SYSTEM,
    c.RequeueCall: _SWITCH,
    c.SignalCall: _SWITCH,
    u.MarkUnheard: _SWITCH,
    c.EndCall: _ROOM_AND_SYSTEM,
    c.LocateCall: _SWITCH,
    c.KeepRawFact: _SWITCH,
    c.LinkCall: _ROOM,
    c.AskLocation: _ROOM,
    c.TextCall: _ROOM_AND_SYSTEM,
    c.DisposeCall: _ROOM,
    c.RingDesks: _SWITCH,
    c.DeclineOffer: _ROOM,
    c.RingOut: _SWITCH,
    c.OverflowCall: _SWITCH,
    c.PromptCaller: _ROOM_AND_SYSTEM,
    c.ConfirmPrompt: _SWITCH,
    c.CutPrompt: _SWITCH,
    c.InviteParty: _ROOM_AND_SYSTEM,
    c.JoinParty: _SWITCH,
    c.FailParty: _SWITCH,
    c.DropParty: _ROOM_AND_SYSTEM,
    c.ReferParty: _SWITCH,
    c.HoldParty: _ROOM_AND_SYSTEM,
    c.ResumeParty: _ROOM_AND_SYSTEM,
    c.TransferCall: _ROOM_AND_SYSTEM,
    c.PassCall: _ROOM_AND_SYSTEM,
    c.SuperviseCall: frozenset({_SUPERVISOR}),
    c.StopSupervising: frozenset({_SUPERVISOR, _SYSTEM}),
    c.TakeOver: frozenset({_SUPERVISOR}),
    c.CallBack: _ROOM,
    c.ClaimCallback: _ROOM,
    c.NoteCallback: _ROOM_AND_SYSTEM,
    c.OfferCallback: _SWITCH,
    c.RingDuty: _SWITCH,
    c.KeepRecording: _SWITCH,
    c.PlayRecording: _ROOM | {_EVALUATOR},
    c.HoldRecordings: frozenset({_SUPERVISOR, _ADMIN}),
    c.ReleaseRecordings: frozenset({_SUPERVISOR, _ADMIN}),
    c.EraseRecording: frozenset({_ADMIN, _SYSTEM}),
    c.KeepQuality: _SWITCH,
    c.StartDuty: _ROOM,
    c.EndDuty: _ROOM_AND_SYSTEM,
    c.PauseDuty: _ROOM,
    c.ResumeDuty: _ROOM,
    c.ProtectDesk: _ROOM_AND_SYSTEM,
    c.UnprotectDesk: _ROOM_AND_SYSTEM,
    c.StartWrapUp: _ROOM_AND_SYSTEM,
    c.EndWrapUp: _ROOM_AND_SYSTEM,
    c.WriteHandover: _ROOM,
    c.SignHandover: _ROOM,
    d.UnsignHandover: _ROOM,
    c.ForceEndDuty: frozenset({_SUPERVISOR, _SYSTEM}),
    c.OpenReport: _ROOM,
    c.IdentifyReporter: _ROOM,
    c.TakeComplaint: _ROOM,
    c.EnterFastLane: _ROOM,
    c.LeaveFastLane: _ROOM,
    c.AttachReport: _SWITCH,
    c.TellCaller: _ROOM,
    c.SettleSlip: _ROOM_AND_SYSTEM,
    c.GiveFollowLink: _ROOM,
    c.AnswerFollow: _SWITCH,
    c.OpenIncident: _ROOM,
    c.LocateIncident: _ROOM,
    c.ClassifyIncident: _ROOM,
    c.SetPriority: _ROOM,
    v.SettleVariant: _ROOM,
    v.SettleReportVariant: _ROOM,
    c.AnswerTriage: _ROOM,
    c.BeginCompressions: _ROOM,
    c.SendIncident: _ROOM,
    n.UnsendIncident: _ROOM,
    c.AddNote: _ROOM | {_OFFICER, _CREW},
    c.SendMessage: _ROOM,
    c.LinkReport: _ROOM_AND_SYSTEM,
    c.UnlinkReport: _ROOM_AND_SYSTEM,
    c.MergeIncident: _ROOM,
    c.UnmergeIncident: _ROOM,
    c.ScheduleIncident: _ROOM | {_OFFICER},
    c.HandOn: _ROOM,
    c.RecordLate: _ROOM,
    c.CloseIncident: _ROOM,
    c.ReopenIncident: _ROOM,
    c.TaskAgency: _ROOM_AND_SYSTEM,
    n.WithdrawTask: _ROOM_AND_SYSTEM,
    c.NotifyAgency: _ROOM_AND_SYSTEM,
    c.AcknowledgeTask: _AGENCY_ANSWERS,
    c.RefuseTask: _AGENCY_ANSWERS,
    c.HandOverTask: _AGENCY_ANSWERS,
    c.CompleteTask: _AGENCY_ANSWERS,
    n.TakeBackAnswer: _AGENCY_ANSWERS,
    c.EscalateTask: _SWITCH,
    c.NoteRinging: _SWITCH,
    c.AssignUnit: _DISPATCH,
    c.DeliverAlert: _DISPATCH | {_SYSTEM, _CREW},
    c.EscalateAlert: _SWITCH,
    c.ProgressUnit: _FIELD,
    c.ReleaseUnit: _DISPATCH,
    n.RestoreUnit: _DISPATCH,
    c.BreakDown: _FIELD,
    c.RevisePromise: _SWITCH,
    c.CorrectPlace: _FIELD,
    c.CheckByRadio: _DISPATCH,
    c.RecordShortage: _DISPATCH | {_SYSTEM},
    c.DecideShortage: _DISPATCH,
    c.DeclareMass: _DISPATCH,
    c.EndMass: _DISPATCH,
    c.CountCasualties: _DISPATCH | {_CREW},
    s.TellCasualties: _ROOM,
    s.NoteDanger: _ROOM_AND_SYSTEM,
    c.SetStaging: _DISPATCH,
    c.SetZone: _DISPATCH,
    c.WarnHospital: _DISPATCH,
    c.AnswerForHospital: _DISPATCH,
    c.AttachPhoto: _DISPATCH | {_CREW, _OFFICER},
    c.RequestHelp: frozenset({_OFFICER, _CREW}),
    c.WithdrawHelp: frozenset({_OFFICER, _CREW}),
    c.AnswerHelp: _ROOM,
    c.RegisterUnit: frozenset({_ADMIN, _SYSTEM}),
    c.StartUnitDuty: _FIELD | {_SYSTEM},
    c.EndUnitDuty: _FIELD,
    c.TakeUnitOutOfService: _FIELD | {_SYSTEM},
    c.ReturnUnitToService: _FIELD,
    c.RaiseCrewEmergency: _FIELD | {_SYSTEM},
    c.ClearCrewEmergency: _DISPATCH,
    c.PreAlertUnit: _DISPATCH,
    c.LiftPreAlert: _DISPATCH | {_SYSTEM},
    c.MessageUnit: _ROOM,
    c.RegisterAgency: frozenset({_ADMIN, _SYSTEM}),
    c.StartAgencyDuty: frozenset({_OFFICER}),
    c.EndAgencyDuty: frozenset({_OFFICER}),
    c.SetHospitalStatus: _ROOM | {_OFFICER},
    c.CloseRoads: _DISPATCH,
    c.ChangeClosure: _DISPATCH,
    c.LiftClosure: _DISPATCH | {_SYSTEM},
    c.AddAlias: _ROOM_AND_SYSTEM,
    c.ReviewAlias: frozenset({_SUPERVISOR}),
    c.UndoAlias: frozenset({_SUPERVISOR, _SYSTEM}),
    p.NoteChange: frozenset({_SUPERVISOR}),
    p.WithdrawChange: frozenset({_SUPERVISOR}),
    c.ProposePack: frozenset({_ADMIN}),
    c.AgreePack: frozenset({_ADMIN}),
    c.SignProtocol: frozenset({_APPROVER}),
    k.ChooseUnsigned: frozenset({_APPROVER}),
    c.ActivatePack: frozenset({_ADMIN}),
    c.WithdrawPack: frozenset({_ADMIN}),
    a.RecordAccounts: _SWITCH,
    a.OpenAccount: frozenset({_ADMIN}),
    a.ChangeAccount: frozenset({_ADMIN}),
    a.AgreeRoles: frozenset({_ADMIN}),
    a.WithdrawRoles: frozenset({_ADMIN}),
    a.BlockAccount: frozenset({_ADMIN}),
    a.UnblockAccount: frozenset({_ADMIN}),
    a.SignOutAccount: frozenset({_ADMIN}),
    a.ResetPassword: frozenset({_ADMIN}),
    a.ChoosePassword: _SWITCH,
    c.RaiseAlarm: _SWITCH,
    c.EscalateAlarm: _SWITCH,
    c.ClearAlarm: _SWITCH,
    c.TakeAlarm: _ROOM | {_OFFICER},
    c.LeaveAlarm: _ROOM_AND_SYSTEM | {_OFFICER},
    c.ShelveAlarm: _ROOM,
}
"""Roles by command. An officer needs the own agency, a crew the own unit, besides."""

OWN_AGENCY: Final = (
    c.AcknowledgeTask,
    c.RefuseTask,
    c.HandOverTask,
    c.CompleteTask,
    n.TakeBackAnswer,
    c.StartAgencyDuty,
    c.EndAgencyDuty,
)
"""An officer may ask these for the own agency."""

AT_OWN_DESK: Final = (c.AnswerCall, c.DeclineOffer, c.CallBack, c.SuperviseCall, c.TakeOver)
"""Everybody, a supervisor too, may ask these for the desk they are on duty at."""

OF_OWN_DUTY: Final = (
    c.EndDuty,
    c.PauseDuty,
    c.ResumeDuty,
    c.ProtectDesk,
    c.UnprotectDesk,
    c.StartWrapUp,
    c.EndWrapUp,
    c.WriteHandover,
)
"""A desk's duty is changed by who works there, or by a supervisor."""

OWN_UNIT: Final = (
    c.DeliverAlert,
    c.ProgressUnit,
    c.CorrectPlace,
    c.BreakDown,
    c.RequestHelp,
    c.WithdrawHelp,
    c.StartUnitDuty,
    c.EndUnitDuty,
    c.TakeUnitOutOfService,
    c.ReturnUnitToService,
    c.RaiseCrewEmergency,
)
"""A crew may ask these for the own unit, an officer (where the table says so) for the agency's."""
