"""Commands to a desk: a workplace, and who is on duty at it."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.words import CallId, DeskKey, Personal


class StartDuty(Struct, frozen=True, kw_only=True, tag="desk.start_duty"):
    """The agent starts work at a desk; the click that unlocks the sound.

    `page` is the window that shall have the sound, a name it drew itself; "" where there is none.
    With `take_over` it takes the sound of a desk from another window of the same person; with
    `gone` only from that one, if it still has it.
    """

    desk: DeskKey
    page: str = ""
    take_over: bool = False
    gone: str = ""
    headset_checked: bool = False
    skills: tuple[str, ...] = ()  # keys such as medical, dispatch
    languages: tuple[str, ...] = ()  # id, jv, en


class EndDuty(Struct, frozen=True, kw_only=True, tag="desk.end_duty"):
    """The agent leaves the desk."""

    desk: DeskKey


class PauseDuty(Struct, frozen=True, kw_only=True, tag="desk.pause"):
    """A break, with its reason."""

    desk: DeskKey
    reason: str


class ResumeDuty(Struct, frozen=True, kw_only=True, tag="desk.resume"):
    """Back from the break."""

    desk: DeskKey


class ProtectDesk(Struct, frozen=True, kw_only=True, tag="desk.protect"):
    """A life-saving script runs here: no call rings at this desk while another is there."""

    desk: DeskKey
    reason: str


class UnprotectDesk(Struct, frozen=True, kw_only=True, tag="desk.unprotect"):
    """Calls ring here again."""

    desk: DeskKey


class StartWrapUp(Struct, frozen=True, kw_only=True, tag="desk.wrap_up"):
    """After a call: time to finish writing, until then no call rings here."""

    desk: DeskKey
    until: datetime
    call: CallId | None = None


class EndWrapUp(Struct, frozen=True, kw_only=True, tag="desk.end_wrap_up"):
    """Ready for the next call."""

    desk: DeskKey


class ForceEndDuty(Struct, frozen=True, kw_only=True, tag="desk.force_end"):
    """A supervisor frees a dead desk."""

    desk: DeskKey
    reason: str


class WriteHandover(Struct, frozen=True, kw_only=True, tag="desk.write_handover"):
    """Who leaves signs what is open now, as the board has it; `handover` is a new id."""

    desk: DeskKey
    handover: str
    note: Personal | None = None


class SignHandover(Struct, frozen=True, kw_only=True, tag="desk.sign_handover"):
    """Who comes has read the handover that was written at this desk."""

    desk: DeskKey
    handover: str


class UnsignHandover(Struct, frozen=True, kw_only=True, tag="desk.unsign_handover"):
    """Who signed by mistake has not read it after all; the next one is to."""

    desk: DeskKey
    handover: str


DeskCommand = (
    StartDuty
    | EndDuty
    | PauseDuty
    | ResumeDuty
    | ProtectDesk
    | UnprotectDesk
    | StartWrapUp
    | EndWrapUp
    | ForceEndDuty
    | WriteHandover
    | SignHandover
    | UnsignHandover
)
