"""What can happen when somebody is rung back."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.words import CallbackOutcome, CallId, DeskKey, Personal


class CallPlaced(Struct, frozen=True, kw_only=True, tag="call.placed"):
    """A desk rings somebody: a call of our own, rung back for the call `of`."""

    number: Personal
    line: str
    trunk: str
    desk: DeskKey
    agent: str
    agent_name: str
    of: CallId | None = None


class CallbackOffered(Struct, frozen=True, kw_only=True, tag="call.callback_offered"):
    """The caller is to be rung back: offered to this desk, or to all; to all once it is due.

    Once for each call. Only that nobody may ring any more (without `voice`) is said afterwards.
    """

    desk: DeskKey | None = None
    due_at: datetime | None = None
    voice: bool = True
    risk: tuple[str, ...] = ()


class CallbackClaimed(Struct, frozen=True, kw_only=True, tag="call.callback_claimed"):
    """Somebody took it on."""

    agent: str
    agent_name: str


class CallbackNoted(Struct, frozen=True, kw_only=True, tag="call.callback_noted"):
    """What came of ringing back with the call `by`."""

    by: CallId
    outcome: CallbackOutcome


CallbackEvent = CallPlaced | CallbackOffered | CallbackClaimed | CallbackNoted
