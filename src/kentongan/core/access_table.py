"""Which roles may ask which command: the table, nothing else. `core.access` applies it.

Every command of the closed union has a line; a test fails when one is missing, and keeps the whole
matrix as a text file, so that a change of permission is a change one can read.
"""

from typing import Final

from msgspec import Struct

from kentongan.core import commands as c
from kentongan.core.words import Role

_TAKER, _DISPATCHER, _SUPERVISOR = Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR
_OFFICER, _CREW, _ADMIN, _SYSTEM = Role.AGENCY_OFFICER, Role.CREW, Role.ADMIN, Role.SYSTEM

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
    c.EndCall: _ROOM_AND_SYSTEM,
    c.KeepRecording: _SWITCH,
    c.DisposeCall: _ROOM,
    c.StartDuty: _ROOM,
    c.EndDuty: _ROOM_AND_SYSTEM,
    c.PauseDuty: _ROOM,
    c.ResumeDuty: _ROOM,
    c.OpenReport: _ROOM,
    c.IdentifyReporter: _ROOM,
    c.TakeComplaint: _ROOM,
    c.EnterFastLane: _ROOM,
    c.LeaveFastLane: _ROOM,
    c.AttachReport: _SWITCH,
    c.TellCaller: _ROOM,
    c.OpenIncident: _ROOM,
    c.LocateIncident: _ROOM,
    c.ClassifyIncident: _ROOM,
    c.SetPriority: _ROOM,
    c.AnswerTriage: _ROOM,
    c.SendIncident: _ROOM,
    c.AddNote: _ROOM | {_OFFICER, _CREW},
    c.LinkReport: _ROOM_AND_SYSTEM,
    c.UnlinkReport: _ROOM,
    c.MergeIncident: _ROOM,
    c.CloseIncident: _ROOM,
    c.ReopenIncident: _DISPATCH,
    c.TaskAgency: _ROOM_AND_SYSTEM,
    c.NotifyAgency: _ROOM_AND_SYSTEM,
    c.AcknowledgeTask: _AGENCY_ANSWERS,
    c.RefuseTask: _AGENCY_ANSWERS,
    c.HandOverTask: _AGENCY_ANSWERS,
    c.CompleteTask: _AGENCY_ANSWERS,
    c.EscalateTask: _SWITCH,
    c.AssignUnit: _DISPATCH,
    c.DeliverAlert: _DISPATCH | {_SYSTEM, _CREW},
    c.EscalateAlert: _SWITCH,
    c.ProgressUnit: _FIELD,
    c.ReleaseUnit: _DISPATCH,
    c.RevisePromise: _DISPATCH,
    c.RegisterUnit: frozenset({_ADMIN, _SYSTEM}),
    c.StartUnitDuty: _FIELD | {_SYSTEM},
    c.EndUnitDuty: _FIELD,
    c.TakeUnitOutOfService: _FIELD,
    c.ReturnUnitToService: _FIELD,
    c.RaiseCrewEmergency: _FIELD | {_SYSTEM},
    c.ClearCrewEmergency: _DISPATCH,
    c.RegisterAgency: frozenset({_ADMIN, _SYSTEM}),
    c.StartAgencyDuty: frozenset({_OFFICER}),
    c.EndAgencyDuty: frozenset({_OFFICER}),
}
"""Roles by command. An officer needs the own agency, a crew the own unit, besides."""

OWN_AGENCY: Final = (
    c.AcknowledgeTask,
    c.RefuseTask,
    c.HandOverTask,
    c.CompleteTask,
    c.StartAgencyDuty,
    c.EndAgencyDuty,
)
"""An officer may ask these for the own agency."""

OWN_UNIT: Final = (
    c.DeliverAlert,
    c.ProgressUnit,
    c.StartUnitDuty,
    c.EndUnitDuty,
    c.TakeUnitOutOfService,
    c.ReturnUnitToService,
    c.RaiseCrewEmergency,
)
"""A crew may ask these for the own unit, an officer (where the table says so) for the agency's."""
