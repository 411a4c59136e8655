"""Commands by which those at the scene ask the room for more, and the room answers."""

from msgspec import Struct

from kentongan.core.scene_words import HelpKind
from kentongan.core.words import AgencyKey, IncidentId, Personal, UnitId


class RequestHelp(Struct, frozen=True, kw_only=True, tag="incident.request_help"):
    """A unit at work on the incident, or else an agency that has a task of it, wants this."""

    incident: IncidentId
    what: HelpKind
    unit: UnitId | None = None
    agency: AgencyKey | None = None
    words: Personal | None = None


class WithdrawHelp(Struct, frozen=True, kw_only=True, tag="incident.withdraw_help"):
    """Who asked for it does not want it any more, or asked by mistake."""

    incident: IncidentId
    what: HelpKind
    unit: UnitId | None = None
    agency: AgencyKey | None = None


class AnswerHelp(Struct, frozen=True, kw_only=True, tag="incident.answer_help"):
    """The room sees to it; `seen_to` False takes that back."""

    incident: IncidentId
    what: HelpKind
    unit: UnitId | None = None
    agency: AgencyKey | None = None
    seen_to: bool = True


HelpCommand = RequestHelp | WithdrawHelp | AnswerHelp
"""A wish from the scene, from its beginning to its end."""
