"""What can happen at a desk."""

from msgspec import Struct

from kentongan.core.words import Personal


class DutyStarted(Struct, frozen=True, kw_only=True, tag="desk.duty_started"):
    """An agent works here now."""

    agent: str
    agent_name: str
    roles: tuple[str, ...]
    headset_checked: bool = False


class DutyEnded(Struct, frozen=True, kw_only=True, tag="desk.duty_ended"):
    """Nobody works here."""


class DutyPaused(Struct, frozen=True, kw_only=True, tag="desk.paused"):
    """A break."""

    reason: str
    reason_text: Personal | None = None


class DutyResumed(Struct, frozen=True, kw_only=True, tag="desk.resumed"):
    """Back from the break."""


DeskEvent = DutyStarted | DutyEnded | DutyPaused | DutyResumed
