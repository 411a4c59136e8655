"""What happened to a wish from the scene. It is known by who asked for what."""

from msgspec import Struct

from kentongan.core.scene_words import HelpKind
from kentongan.core.words import AgencyKey, Personal, UnitId


class HelpRequested(Struct, frozen=True, kw_only=True, tag="incident.help_requested"):
    """A unit, or an agency, asked the room for more."""

    what: HelpKind
    unit: UnitId | None = None
    agency: AgencyKey | None = None
    words: Personal | None = None


class HelpWithdrawn(Struct, frozen=True, kw_only=True, tag="incident.help_withdrawn"):
    """Who asked for it does not want it any more."""

    what: HelpKind
    unit: UnitId | None = None
    agency: AgencyKey | None = None


class HelpAnswered(Struct, frozen=True, kw_only=True, tag="incident.help_answered"):
    """The room sees to it, or, with `seen_to` False, does not after all."""

    what: HelpKind
    unit: UnitId | None = None
    agency: AgencyKey | None = None
    seen_to: bool = True


HelpEvent = HelpRequested | HelpWithdrawn | HelpAnswered
