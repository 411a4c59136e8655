"""The closed list of what may be asked. One command, one stream; it leads to events or a refusal.

A command is an imperative and carries what the asker knows, nothing else: no clock, no rule, no
state. Its tag is written out, so that renaming a class cannot rename the wire. Which stream it
goes to is `core.streams.stream_of`.
"""

from msgspec import Struct

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
    CallCommand,
    ConnectCall,
    DisposeCall,
    EndCall,
    HoldCall,
    LifeCommand,
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
    CallbackCommand,
    ClaimCallback,
    NoteCallback,
    OfferCallback,
)
from kentongan.core.commands.call_parties import (
    DropParty,
    FailParty,
    HoldParty,
    InviteParty,
    JoinParty,
    PartyCommand,
    PassCall,
    ResumeParty,
    TransferCall,
)
from kentongan.core.commands.call_queue import (
    DeclineOffer,
    OverflowCall,
    PromptCaller,
    RingDesks,
    RingOut,
    WaitingCommand,
)
from kentongan.core.commands.call_recording import (
    EraseRecording,
    HoldRecordings,
    KeepQuality,
    KeepRecording,
    PlayRecording,
    RecordingCommand,
    ReleaseRecordings,
)
from kentongan.core.commands.call_supervision import (
    StopSupervising,
    SuperviseCall,
    SupervisionCommand,
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
    StartDuty,
    StartWrapUp,
    UnprotectDesk,
)
from kentongan.core.commands.incident import (
    AcknowledgeTask,
    AddNote,
    AnswerTriage,
    AssignmentCommand,
    AssignUnit,
    ClassifyIncident,
    CloseIncident,
    CompleteTask,
    CorrectPlace,
    DeliverAlert,
    EscalateAlert,
    EscalateTask,
    HandOverTask,
    IncidentCommand,
    LifecycleCommand,
    LinkReport,
    LocateIncident,
    MergeIncident,
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
    TaskCommand,
    UnlinkReport,
)
from kentongan.core.commands.report import (
    AttachReport,
    EnterFastLane,
    IdentifyReporter,
    LeaveFastLane,
    OpenReport,
    ReportCommand,
    TakeComplaint,
    TellCaller,
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
    | AlarmCommand
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
    "AcknowledgeTask",
    "AddAlias",
    "AddNote",
    "AgencyCommand",
    "AlarmCommand",
    "AliasCommand",
    "AnswerCall",
    "AnswerTriage",
    "AnyCommand",
    "AssignUnit",
    "AssignmentCommand",
    "AttachReport",
    "CallBack",
    "CallCommand",
    "CallbackCommand",
    "ChangeClosure",
    "ClaimCallback",
    "ClassifyIncident",
    "ClearAlarm",
    "ClearCrewEmergency",
    "CloseIncident",
    "CloseRoads",
    "ClosureCommand",
    "CompleteTask",
    "ConnectCall",
    "CorrectPlace",
    "DeclineOffer",
    "DeliverAlert",
    "DeskCommand",
    "DisposeCall",
    "DropParty",
    "EndAgencyDuty",
    "EndCall",
    "EndDuty",
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
    "HandOverTask",
    "HoldCall",
    "HoldParty",
    "HoldRecordings",
    "IdentifyReporter",
    "IncidentCommand",
    "InviteParty",
    "JoinParty",
    "KeepQuality",
    "KeepRecording",
    "LeaveAlarm",
    "LeaveFastLane",
    "LifeCommand",
    "LifecycleCommand",
    "LiftClosure",
    "LiftPreAlert",
    "LinkCall",
    "LinkReport",
    "LocateCall",
    "LocateIncident",
    "MergeIncident",
    "MessageUnit",
    "NoteCallback",
    "NotifyAgency",
    "OfferCall",
    "OfferCallback",
    "OpenIncident",
    "OpenReport",
    "OverflowCall",
    "PartyCommand",
    "PassCall",
    "PassedOver",
    "PauseDuty",
    "PlayRecording",
    "PreAlertUnit",
    "ProgressUnit",
    "PromptCaller",
    "ProtectDesk",
    "QueueCall",
    "RaiseAlarm",
    "RaiseCrewEmergency",
    "RecordingCommand",
    "RefuseTask",
    "RegisterAgency",
    "RegisterUnit",
    "ReleaseRecordings",
    "ReleaseUnit",
    "ReopenIncident",
    "ReportCommand",
    "RequeueCall",
    "ResumeCall",
    "ResumeDuty",
    "ResumeParty",
    "ReturnUnitToService",
    "ReviewAlias",
    "RevisePromise",
    "RingDesks",
    "RingOut",
    "SendIncident",
    "SendMessage",
    "SetPriority",
    "ShelveAlarm",
    "SignalCall",
    "StartAgencyDuty",
    "StartDuty",
    "StartUnitDuty",
    "StartWrapUp",
    "StopSupervising",
    "SuperviseCall",
    "SupervisionCommand",
    "TakeAlarm",
    "TakeComplaint",
    "TakeOver",
    "TakeUnitOutOfService",
    "TaskAgency",
    "TaskCommand",
    "TellCaller",
    "TextCall",
    "TransferCall",
    "UndoAlias",
    "UnitCommand",
    "UnlinkReport",
    "UnprotectDesk",
    "WaitingCommand",
]
