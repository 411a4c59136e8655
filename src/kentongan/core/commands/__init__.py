"""The closed list of what may be asked. One command, one stream; it leads to events or a refusal.

A command is an imperative and carries what the asker knows, nothing else: no clock, no rule, no
state. Its tag is written out, so that renaming a class cannot rename the wire. Which stream it
goes to is `core.streams.stream_of`.
"""

from msgspec import Struct

from kentongan.core.commands.account import AccountCommand
from kentongan.core.commands.alarm import (
    AlarmCommand,
    ClearAlarm,
    EscalateAlarm,
    LeaveAlarm,
    RaiseAlarm,
    ShelveAlarm,
    TakeAlarm,
)
from kentongan.core.commands.call import (
    AnswerCall,
    AskLocation,
    CallCommand,
    ConnectCall,
    DisposeCall,
    EndCall,
    HoldCall,
    KeepRawFact,
    LinkCall,
    LocateCall,
    OfferCall,
    QueueCall,
    RequeueCall,
    ResumeCall,
    SignalCall,
    TextCall,
)
from kentongan.core.commands.call_backs import (
    CallBack,
    ClaimCallback,
    NoteCallback,
    OfferCallback,
)
from kentongan.core.commands.call_duty import RingDuty
from kentongan.core.commands.call_parties import (
    DropParty,
    FailParty,
    HoldParty,
    InviteParty,
    JoinParty,
    PassCall,
    ReferParty,
    ResumeParty,
    TransferCall,
)
from kentongan.core.commands.call_queue import (
    ConfirmPrompt,
    CutPrompt,
    DeclineOffer,
    OverflowCall,
    PromptCaller,
    RingDesks,
    RingOut,
)
from kentongan.core.commands.call_recording import (
    EraseRecording,
    HoldRecordings,
    KeepQuality,
    KeepRecording,
    PlayRecording,
    ReleaseRecordings,
)
from kentongan.core.commands.call_supervision import (
    StopSupervising,
    SuperviseCall,
    TakeOver,
)
from kentongan.core.commands.city import (
    AddAlias,
    AliasCommand,
    ChangeClosure,
    CloseRoads,
    ClosureCommand,
    LiftClosure,
    ReviewAlias,
    UndoAlias,
)
from kentongan.core.commands.desk import (
    DeskCommand,
    EndDuty,
    EndWrapUp,
    ForceEndDuty,
    PauseDuty,
    ProtectDesk,
    ResumeDuty,
    SignHandover,
    StartDuty,
    StartWrapUp,
    UnprotectDesk,
    WriteHandover,
)
from kentongan.core.commands.help_wanted import AnswerHelp, RequestHelp, WithdrawHelp
from kentongan.core.commands.hospital import HospitalCommand, SetHospitalStatus
from kentongan.core.commands.incident import (
    AcknowledgeTask,
    AddNote,
    AnswerTriage,
    AssignUnit,
    BreakDown,
    ClassifyIncident,
    CloseIncident,
    CompleteTask,
    CorrectPlace,
    DeliverAlert,
    EscalateAlert,
    EscalateTask,
    HandOverTask,
    IncidentCommand,
    LinkReport,
    ListedUnit,
    LocateIncident,
    MergeIncident,
    NoteRinging,
    NotifyAgency,
    OpenIncident,
    PassedOver,
    ProgressUnit,
    RefuseTask,
    ReleaseUnit,
    ReopenIncident,
    RevisePromise,
    SendIncident,
    SendMessage,
    SetPriority,
    TaskAgency,
    UnlinkReport,
)
from kentongan.core.commands.incident_lane import (
    CheckByRadio,
    HandOn,
    LateTask,
    LateUnit,
    RecordLate,
    ScheduleIncident,
    UnmergeIncident,
)
from kentongan.core.commands.pack import (
    ActivatePack,
    AgreePack,
    PackCommand,
    ProposePack,
    SignProtocol,
    WithdrawPack,
)
from kentongan.core.commands.past_change import ChangeCommand
from kentongan.core.commands.report import (
    AnswerFollow,
    AttachReport,
    EnterFastLane,
    GiveFollowLink,
    IdentifyReporter,
    LeaveFastLane,
    OpenReport,
    ReportCommand,
    SettleSlip,
    TakeComplaint,
    TellCaller,
)
from kentongan.core.commands.scene import (
    AnswerForHospital,
    AttachPhoto,
    BeginCompressions,
    CountCasualties,
    DecideShortage,
    DeclareMass,
    EndMass,
    RecordShortage,
    SetStaging,
    SetZone,
    WarnHospital,
)
from kentongan.core.commands.unit import (
    AgencyCommand,
    ClearCrewEmergency,
    EndAgencyDuty,
    EndUnitDuty,
    LiftPreAlert,
    MessageUnit,
    PreAlertUnit,
    RaiseCrewEmergency,
    RegisterAgency,
    RegisterUnit,
    ReturnUnitToService,
    StartAgencyDuty,
    StartUnitDuty,
    TakeUnitOutOfService,
    UnitCommand,
)
from kentongan.core.words import Agent, CommandId, EventId

AnyCommand = (
    CallCommand
    | DeskCommand
    | ReportCommand
    | IncidentCommand
    | UnitCommand
    | AgencyCommand
    | ClosureCommand
    | AliasCommand
    | ChangeCommand
    | AlarmCommand
    | PackCommand
    | HospitalCommand
    | AccountCommand
)


class Envelope(Struct, frozen=True, kw_only=True):
    """A command on its way to the door.

    `id` makes it idempotent: the same id never leads to a second event. `age_s` is how long ago
    the asker did it (a crew's tap that waited offline), measured on the device's own monotonic
    clock, so that a wrong wall clock does no harm; the door subtracts it from the server's time.
    `because` is the event that led to it, for reactions, effects and timers.
    """

    id: CommandId
    agent: Agent
    command: AnyCommand
    age_s: float = 0.0
    because: EventId | None = None


__all__ = [
    "AccountCommand",
    "AcknowledgeTask",
    "ActivatePack",
    "AddAlias",
    "AddNote",
    "AgencyCommand",
    "AgreePack",
    "AlarmCommand",
    "AliasCommand",
    "AnswerCall",
    "AnswerFollow",
    "AnswerForHospital",
    "AnswerHelp",
    "AnswerTriage",
    "AnyCommand",
    "AskLocation",
    "AssignUnit",
    "AttachPhoto",
    "AttachReport",
    "BeginCompressions",
    "BreakDown",
    "CallBack",
    "CallCommand",
    "ChangeClosure",
    "ChangeCommand",
    "CheckByRadio",
    "ClaimCallback",
    "ClassifyIncident",
    "ClearAlarm",
    "ClearCrewEmergency",
    "CloseIncident",
    "CloseRoads",
    "ClosureCommand",
    "CompleteTask",
    "ConfirmPrompt",
    "ConnectCall",
    "CorrectPlace",
    "CountCasualties",
    "CutPrompt",
    "DecideShortage",
    "DeclareMass",
    "DeclineOffer",
    "DeliverAlert",
    "DeskCommand",
    "DisposeCall",
    "DropParty",
    "EndAgencyDuty",
    "EndCall",
    "EndDuty",
    "EndMass",
    "EndUnitDuty",
    "EndWrapUp",
    "EnterFastLane",
    "Envelope",
    "EraseRecording",
    "EscalateAlarm",
    "EscalateAlert",
    "EscalateTask",
    "FailParty",
    "ForceEndDuty",
    "GiveFollowLink",
    "HandOn",
    "HandOverTask",
    "HoldCall",
    "HoldParty",
    "HoldRecordings",
    "HospitalCommand",
    "IdentifyReporter",
    "IncidentCommand",
    "InviteParty",
    "JoinParty",
    "KeepQuality",
    "KeepRawFact",
    "KeepRecording",
    "LateTask",
    "LateUnit",
    "LeaveAlarm",
    "LeaveFastLane",
    "LiftClosure",
    "LiftPreAlert",
    "LinkCall",
    "LinkReport",
    "ListedUnit",
    "LocateCall",
    "LocateIncident",
    "MergeIncident",
    "MessageUnit",
    "NoteCallback",
    "NoteRinging",
    "NotifyAgency",
    "OfferCall",
    "OfferCallback",
    "OpenIncident",
    "OpenReport",
    "OverflowCall",
    "PackCommand",
    "PassCall",
    "PassedOver",
    "PauseDuty",
    "PlayRecording",
    "PreAlertUnit",
    "ProgressUnit",
    "PromptCaller",
    "ProposePack",
    "ProtectDesk",
    "QueueCall",
    "RaiseAlarm",
    "RaiseCrewEmergency",
    "RecordLate",
    "RecordShortage",
    "ReferParty",
    "RefuseTask",
    "RegisterAgency",
    "RegisterUnit",
    "ReleaseRecordings",
    "ReleaseUnit",
    "ReopenIncident",
    "ReportCommand",
    "RequestHelp",
    "RequeueCall",
    "ResumeCall",
    "ResumeDuty",
    "ResumeParty",
    "ReturnUnitToService",
    "ReviewAlias",
    "RevisePromise",
    "RingDesks",
    "RingDuty",
    "RingOut",
    "ScheduleIncident",
    "SendIncident",
    "SendMessage",
    "SetHospitalStatus",
    "SetPriority",
    "SetStaging",
    "SetZone",
    "SettleSlip",
    "ShelveAlarm",
    "SignHandover",
    "SignProtocol",
    "SignalCall",
    "StartAgencyDuty",
    "StartDuty",
    "StartUnitDuty",
    "StartWrapUp",
    "StopSupervising",
    "SuperviseCall",
    "TakeAlarm",
    "TakeComplaint",
    "TakeOver",
    "TakeUnitOutOfService",
    "TaskAgency",
    "TellCaller",
    "TextCall",
    "TransferCall",
    "UndoAlias",
    "UnitCommand",
    "UnlinkReport",
    "UnmergeIncident",
    "UnprotectDesk",
    "WarnHospital",
    "WithdrawHelp",
    "WithdrawPack",
    "WriteHandover",
]
