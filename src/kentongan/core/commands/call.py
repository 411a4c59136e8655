"""Commands to a call: one attempt to reach us, or to reach somebody. Their writer is the switch.

Here is a call's own life, from the first ring to how it ended; the queue, the parties, supervision,
call-backs and recordings have their files beside this one, and `CallCommand` is all of them.
"""

from datetime import datetime

from msgspec import Struct

from kentongan.core.commands.call_backs import CallbackCommand
from kentongan.core.commands.call_duty import DutyCommand
from kentongan.core.commands.call_parties import PartyCommand
from kentongan.core.commands.call_queue import WaitingCommand
from kentongan.core.commands.call_recording import RecordingCommand
from kentongan.core.commands.call_supervision import SupervisionCommand
from kentongan.core.commands.call_unheard import HearingCommand
from kentongan.core.words import (
    CallId,
    DeskKey,
    Disposition,
    Personal,
    Place,
    RawFact,
    TextWriter,
)


class OfferCall(Struct, frozen=True, kw_only=True, tag="call.offer"):
    """A call rings. `number` is None when it is withheld or the phone has no SIM. `measured_at` is
    the place's own time (UTC); without one it is now."""

    call: CallId
    line: str
    dialled: str
    trunk: str
    number: Personal | None = None
    number_withheld: bool = False
    place: Place | None = None
    measured_at: datetime | None = None
    training: bool = False
    remarks: tuple[str, ...] = ()  # keys: unreadable headers or bodies that were kept raw
    line_priority: int = 1  # of the line, 1 is answered first
    language: str | None = None  # id, jv, en: what the caller is greeted in
    raw_facts: tuple[RawFact, ...] = ()  # beyond the limits of `checks` they are cut


class QueueCall(Struct, frozen=True, kw_only=True, tag="call.queue"):
    """The caller hears the announcement and waits."""

    call: CallId
    announcement: str | None = None
    language: str | None = None


class AnswerCall(Struct, frozen=True, kw_only=True, tag="call.answer"):
    """A call-taker takes the call at a desk. The first one has it, the second is told who."""

    call: CallId
    desk: DeskKey


class ConnectCall(Struct, frozen=True, kw_only=True, tag="call.connect"):
    """Audio flows both ways."""

    call: CallId


class HoldCall(Struct, frozen=True, kw_only=True, tag="call.hold"):
    """The caller hears reassurance instead of the desk."""

    call: CallId


class ResumeCall(Struct, frozen=True, kw_only=True, tag="call.resume"):
    """The caller hears the desk again."""

    call: CallId


class RequeueCall(Struct, frozen=True, kw_only=True, tag="call.requeue"):
    """The desk vanished: the caller goes to the head of the queue, never to a dead line."""

    call: CallId
    reason: str


class SignalCall(Struct, frozen=True, kw_only=True, tag="call.signal"):
    """The caller pressed keys, for example 5 because they cannot speak."""

    call: CallId
    keys: str


class EndCall(Struct, frozen=True, kw_only=True, tag="call.end"):
    """The call is over. Before an answer it counts as abandoned when the caller ended it."""

    call: CallId
    by: str  # caller, desk, switch; the switch's word: from a person it always counts as desk
    reason: str = ""
    risk: tuple[str, ...] = ()  # what the switch heard: breathing, silent


class DisposeCall(Struct, frozen=True, kw_only=True, tag="call.dispose"):
    """Say how the call ended. An abandoned call stays on the list until this is said.

    "ghost" is refused until the caller was asked to press 5 or tap twice, and listened to for 20 s;
    a caller who answered is none. One whom nobody answered is rung back first, or `note` says why
    not.
    """

    call: CallId
    disposition: Disposition
    note: Personal | None = None


class LocateCall(Struct, frozen=True, kw_only=True, tag="call.locate"):
    """Where something says the caller is, learnt while the call runs. `measured_at` is its own time
    (UTC); without one it is now."""

    call: CallId
    place: Place
    measured_at: datetime | None = None


class KeepRawFact(Struct, frozen=True, kw_only=True, tag="call.keep_raw_fact"):
    """Something about the caller that was learnt while the call runs and is not understood, or why
    it could not be learnt. Of each kind and label the first is kept."""

    call: CallId
    fact: RawFact


class LinkCall(Struct, frozen=True, kw_only=True, tag="call.link"):
    """Give the caller a page to say where they are; `digest` (SHA-256) is of the page's secret."""

    call: CallId
    digest: str
    valid_s: int = 1_800


class AskLocation(Struct, frozen=True, kw_only=True, tag="call.ask_location"):
    """Ask once more where the caller is, by the references that came with the call."""

    call: CallId


class TextCall(Struct, frozen=True, kw_only=True, tag="call.text"):
    """A line beside the voice, typed or in real time; from a person it counts as the desk's."""

    call: CallId
    by: TextWriter
    text: Personal


LifeCommand = (
    OfferCall
    | QueueCall
    | AnswerCall
    | ConnectCall
    | HoldCall
    | ResumeCall
    | RequeueCall
    | SignalCall
    | TextCall
    | EndCall
    | DisposeCall
)
LocationCommand = LocateCall | KeepRawFact | LinkCall | AskLocation
CallCommand = (
    LifeCommand
    | LocationCommand
    | WaitingCommand
    | PartyCommand
    | SupervisionCommand
    | CallbackCommand
    | DutyCommand
    | RecordingCommand
    | HearingCommand
)
