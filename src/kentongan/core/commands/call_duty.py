"""The command by which the centre itself rings somebody on duty: a rung of the ladder."""

from msgspec import Struct

from kentongan.core.words import AgencyKey, CallId, IncidentId, Personal, UnitId


class RingDuty(Struct, frozen=True, kw_only=True, tag="call.ring_duty"):
    """Ring a telephone on duty and say that a task waits. `call` is a new call's id.

    `delivery` is the ledger's row that wants it, `contact` and `label` whose telephone it is;
    `unit` is set where its crew is rung. Without an incident it is a trial, and says so.
    """

    call: CallId
    number: Personal
    delivery: str
    contact: str
    label: str
    incident: IncidentId | None = None
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    line: str = ""
    trunk: str = ""


DutyCommand = RingDuty
