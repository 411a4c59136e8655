"""What can happen when the centre itself rings somebody on duty."""

from msgspec import Struct

from kentongan.core.words import AgencyKey, IncidentId, Personal, UnitId


class DutyRung(Struct, frozen=True, kw_only=True, tag="call.duty_rung"):
    """The centre rings somebody on duty about a task that nobody has answered.

    No desk takes part: an announcement is heard, and a key says that it was understood.
    """

    number: Personal
    line: str
    trunk: str
    delivery: str
    contact: str
    label: str
    incident: IncidentId | None = None
    agency: AgencyKey | None = None
    unit: UnitId | None = None


DutyEvent = DutyRung
