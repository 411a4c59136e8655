"""What can happen to an alarm. The monthly report is made from these and nothing else."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.alarm_rows import AlarmGrade, AlarmKind
from kentongan.core.words import (
    AgencyKey,
    AgentId,
    CallId,
    DeskKey,
    IncidentId,
    Personal,
    UnitId,
)


class AlarmRaised(Struct, frozen=True, kw_only=True, tag="alarm.raised"):
    """The cause stood for its limit; the event's own time is when that was over."""

    kind: AlarmKind
    about: str
    code: str = ""
    grade: AlarmGrade
    to: tuple[str, ...]
    since: datetime
    limit_s: int = 0
    episode: int = 1
    number: int | None = None
    incident: IncidentId | None = None
    unit: UnitId | None = None
    call: CallId | None = None
    agency: AgencyKey | None = None
    desk: DeskKey | None = None
    detail: str = ""
    node: str = ""
    training: bool = False


class AlarmEscalated(Struct, frozen=True, kw_only=True, tag="alarm.escalated"):
    """More people are told; `to` are all the roles it is shown to now."""

    level: int
    grade: AlarmGrade
    to: tuple[str, ...]


class AlarmTaken(Struct, frozen=True, kw_only=True, tag="alarm.taken"):
    """Somebody has it; `desk` is where they sit, None for who has no desk."""

    agent: AgentId
    agent_name: str
    desk: DeskKey | None = None


class AlarmLeft(Struct, frozen=True, kw_only=True, tag="alarm.left"):
    """Nobody has it any more."""

    reason: str = ""
    reason_text: Personal | None = None


class AlarmShelved(Struct, frozen=True, kw_only=True, tag="alarm.shelved"):
    """Put aside until then."""

    until: datetime
    reason: str
    reason_text: Personal | None = None


class AlarmCleared(Struct, frozen=True, kw_only=True, tag="alarm.cleared"):
    """Its cause has ended."""


AlarmEvent = AlarmRaised | AlarmEscalated | AlarmTaken | AlarmLeft | AlarmShelved | AlarmCleared
