"""The row of an alarm: something that a person must do now and the software cannot.

What `core.rows` says of rows is true of this one. It is on the board while its cause stands; what
was raised, taken and cleared before is in the journal. It holds keys and no words about people:
whose number rings and where it burns stand in the rows it points to. Times are UTC.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from kentongan.core.words import (
    AgencyKey,
    AgentId,
    AlarmKey,
    CallId,
    DeskKey,
    IncidentId,
    Personal,
    UnitId,
)

AlarmKind = Literal[
    "crew_emergency",
    "call_waiting",
    "no_unit",
    "not_accepted",
    "not_departed",
    "late",
    "agency_silent",
    "call_dropped",
    "long_on_scene",
    "stale_position",
    "system",
    "no_free_unit",
    "caller_untold",
    "help_wanted",
    "alarm_flood",  # too many new alarms at one desk
]
"""What is wrong."""

AlarmGrade = Literal["panic", "critical", "high", "medium"]
"""How loud, the loudest first."""

GRADES: tuple[AlarmGrade, ...] = ("panic", "critical", "high", "medium")


class AlarmRow(Struct, frozen=True, kw_only=True, tag="alarm", tag_field="kind"):
    """An alarm that stands. `about` is what it is about, unique within its kind while it stands.

    `to` are the roles it is shown to now; an escalation adds to them and counts `level` up.
    `since` is when the cause began, `limit_s` after how long it became an alarm. Without `owner` it
    sounds, at every desk it is shown to. `shelved_until` may be over: a screen compares.
    """

    key: AlarmKey
    alarm_kind: AlarmKind
    about: str
    code: str = ""
    grade: AlarmGrade
    to: tuple[str, ...]
    since: datetime
    limit_s: int = 0
    raised_at: datetime
    episode: int = 1
    level: int = 0
    escalated_at: datetime | None = None
    number: int | None = None
    incident: IncidentId | None = None
    unit: UnitId | None = None
    call: CallId | None = None
    agency: AgencyKey | None = None
    desk: DeskKey | None = None
    detail: str = ""
    node: str = ""
    owner: AgentId | None = None
    owner_name: str = ""
    owner_desk: DeskKey | None = None
    taken_at: datetime | None = None
    shelved_until: datetime | None = None
    shelved_by: str = ""
    shelve_reason: str = ""
    shelve_reason_text: Personal | None = None
    training: bool = False


__all__ = ["GRADES", "AlarmGrade", "AlarmKind", "AlarmRow"]
