"""What can happen to a call: its own life. The rest has its files beside this one."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.events.call_backs import CallbackEvent
from kentongan.core.events.call_duty import DutyEvent
from kentongan.core.events.call_parties import PartyEvent
from kentongan.core.events.call_queue import WaitingEvent
from kentongan.core.events.call_recording import RecordingEvent
from kentongan.core.events.call_supervision import SupervisionEvent
from kentongan.core.events.call_unheard import HearingEvent
from kentongan.core.words import DeskKey, Disposition, Personal, Place, RawFact, TextWriter


class CallOffered(Struct, frozen=True, kw_only=True, tag="call.offered"):
    """It rings: the first sign of the call at our edge."""

    line: str
    dialled: str
    trunk: str
    number: Personal | None = None
    number_withheld: bool = False
    place: Place | None = None
    training: bool = False
    remarks: tuple[str, ...] = ()
    line_priority: int = 1
    language: str | None = None
    raw_facts: tuple[RawFact, ...] = ()


class CallQueued(Struct, frozen=True, kw_only=True, tag="call.queued"):
    """The caller hears the announcement and waits."""

    announcement: str | None = None
    language: str | None = None


class CallAnswered(Struct, frozen=True, kw_only=True, tag="call.answered"):
    """A human answered, at this desk."""

    desk: DeskKey
    agent: str
    agent_name: str


class CallConnected(Struct, frozen=True, kw_only=True, tag="call.connected"):
    """Audio flows both ways."""


class CallHeld(Struct, frozen=True, kw_only=True, tag="call.held"):
    """The caller hears reassurance."""


class CallResumed(Struct, frozen=True, kw_only=True, tag="call.resumed"):
    """The caller hears the desk again."""


class CallRequeued(Struct, frozen=True, kw_only=True, tag="call.requeued"):
    """The desk was lost; the call is at the head of the queue."""

    reason: str


class CallSignalled(Struct, frozen=True, kw_only=True, tag="call.signalled"):
    """The caller pressed keys."""

    keys: str


class CallEnded(Struct, frozen=True, kw_only=True, tag="call.ended"):
    """Over, after it was answered, or by us before it was."""

    by: str
    reason: str = ""
    dropped: bool = False  # the line broke while we spoke: it stays on the list of call-backs
    risk: tuple[str, ...] = ()


class CallAbandoned(Struct, frozen=True, kw_only=True, tag="call.abandoned"):
    """The caller hung up before anybody answered. It stays on the list until disposed of."""

    reason: str = ""
    risk: tuple[str, ...] = ()


class CallDisposed(Struct, frozen=True, kw_only=True, tag="call.disposed"):
    """It was said how the call ended."""

    disposition: Disposition
    note: Personal | None = None
    cut: bool = False


class CallLocated(Struct, frozen=True, kw_only=True, tag="call.located"):
    """The caller's device said where it is."""

    place: Place


class CallPositioned(Struct, frozen=True, kw_only=True, tag="call.positioned"):
    """Something said where the caller is. `measured_at` is when; None means when it was heard."""

    place: Place
    measured_at: datetime | None = None


class CallRawFactKept(Struct, frozen=True, kw_only=True, tag="call.raw_fact_kept"):
    """Something about the caller came while the call ran, and is kept as it came."""

    fact: RawFact


class CallLinkMade(Struct, frozen=True, kw_only=True, tag="call.link_made"):
    """The caller was given a page to say where they are."""

    digest: str
    valid_s: int


class CallTexted(Struct, frozen=True, kw_only=True, tag="call.texted"):
    """A line beside the voice."""

    by: TextWriter
    text: Personal
    cut: bool = False


LifeEvent = (
    CallOffered
    | CallQueued
    | CallAnswered
    | CallConnected
    | CallHeld
    | CallResumed
    | CallRequeued
    | CallSignalled
    | CallLocated
    | CallPositioned
    | CallRawFactKept
    | CallLinkMade
    | CallTexted
    | CallEnded
    | CallAbandoned
    | CallDisposed
)
CallEvent = (
    LifeEvent
    | WaitingEvent
    | PartyEvent
    | SupervisionEvent
    | CallbackEvent
    | DutyEvent
    | RecordingEvent
    | HearingEvent
)
