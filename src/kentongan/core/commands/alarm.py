"""Commands to an alarm: it is raised and cleared by the centre itself, and taken by a person."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.alarm_rows import AlarmGrade, AlarmKind
from kentongan.core.words import AgencyKey, AlarmKey, CallId, DeskKey, IncidentId, UnitId


class RaiseAlarm(Struct, frozen=True, kw_only=True, tag="alarm.raise"):
    """The cause has stood for its limit. `detail` and `node` are for an engineer."""

    alarm: AlarmKey
    kind: AlarmKind
    about: str
    code: str = ""
    grade: AlarmGrade
    to: tuple[str, ...]
    since: datetime
    limit_s: int = 0
    number: int | None = None
    incident: IncidentId | None = None
    unit: UnitId | None = None
    call: CallId | None = None
    agency: AgencyKey | None = None
    desk: DeskKey | None = None
    detail: str = ""
    node: str = ""
    training: bool = False


class EscalateAlarm(Struct, frozen=True, kw_only=True, tag="alarm.escalate"):
    """It has stood so long that more people must know, or it has become more urgent."""

    alarm: AlarmKey
    level: int
    grade: AlarmGrade
    to: tuple[str, ...]


class ClearAlarm(Struct, frozen=True, kw_only=True, tag="alarm.clear"):
    """The cause has ended; nothing else ends an alarm."""

    alarm: AlarmKey


class TakeAlarm(Struct, frozen=True, kw_only=True, tag="alarm.take"):
    """Mine: its sound stops for all, its countdown goes on with my name."""

    alarm: AlarmKey


class LeaveAlarm(Struct, frozen=True, kw_only=True, tag="alarm.leave"):
    """Not mine any longer: it is everybody's again, and sounds."""

    alarm: AlarmKey
    reason: str = ""


class ShelveAlarm(Struct, frozen=True, kw_only=True, tag="alarm.shelve"):
    """Put aside for some minutes, with a reason; only what is of grade `medium`."""

    alarm: AlarmKey
    minutes: int
    reason: str


AlarmCommand = RaiseAlarm | EscalateAlarm | ClearAlarm | TakeAlarm | LeaveAlarm | ShelveAlarm
