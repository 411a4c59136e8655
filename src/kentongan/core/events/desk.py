"""What can happen at a desk."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.handover_rows import Situation
from kentongan.core.words import CallId, Personal


class DutyStarted(Struct, frozen=True, kw_only=True, tag="desk.duty_started"):
    """An agent works here now; `page` is the window that has the sound."""

    agent: str
    agent_name: str
    roles: tuple[str, ...]
    page: str = ""
    headset_checked: bool = False
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class DeskMoved(Struct, frozen=True, kw_only=True, tag="desk.moved"):
    """Whoever works here goes on in another window: that one has the sound now."""

    page: str


class DutyEnded(Struct, frozen=True, kw_only=True, tag="desk.duty_ended"):
    """Nobody works here."""


class DutyPaused(Struct, frozen=True, kw_only=True, tag="desk.paused"):
    """A break."""

    reason: str
    reason_text: Personal | None = None


class DutyResumed(Struct, frozen=True, kw_only=True, tag="desk.resumed"):
    """Back from the break."""


class DeskProtected(Struct, frozen=True, kw_only=True, tag="desk.protected"):
    """A life-saving script runs here."""

    reason: str
    reason_text: Personal | None = None


class DeskUnprotected(Struct, frozen=True, kw_only=True, tag="desk.unprotected"):
    """Calls ring here again."""


class WrapUpStarted(Struct, frozen=True, kw_only=True, tag="desk.wrapped_up"):
    """Writing after a call, at most until then."""

    until: datetime
    call: CallId | None = None


class WrapUpEnded(Struct, frozen=True, kw_only=True, tag="desk.wrap_up_ended"):
    """Ready for the next call."""


class DutyForcedOut(Struct, frozen=True, kw_only=True, tag="desk.forced_out"):
    """A supervisor, `agent`, freed the desk."""

    reason: str
    agent: str
    agent_name: str
    reason_text: Personal | None = None


class HandoverWritten(Struct, frozen=True, kw_only=True, tag="desk.handover_written"):
    """What was open when somebody left, signed by them."""

    handover: str
    situation: Situation
    note: Personal | None = None
    cut: bool = False


class HandoverSigned(Struct, frozen=True, kw_only=True, tag="desk.handover_signed"):
    """Somebody else has read it."""

    handover: str


class HandoverUnsigned(Struct, frozen=True, kw_only=True, tag="desk.handover_unsigned"):
    """It was signed by mistake, says who signed it: it waits to be read again."""

    handover: str


DeskEvent = (
    DutyStarted
    | DutyEnded
    | DutyPaused
    | DutyResumed
    | DeskProtected
    | DeskUnprotected
    | DeskMoved
    | WrapUpStarted
    | WrapUpEnded
    | DutyForcedOut
    | HandoverWritten
    | HandoverSigned
    | HandoverUnsigned
)
