"""Commands about ringing back: the list of callers nobody spoke with to the end."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.words import CallbackOutcome, CallId, DeskKey, Personal


class CallBack(Struct, frozen=True, kw_only=True, tag="call.call_back"):
    """A desk rings somebody. `call` is a new call's id, `of` the call that is rung back.

    `language` is that call's: what they hear first while they wait or are held.
    """

    call: CallId
    number: Personal
    line: str
    trunk: str
    desk: DeskKey
    of: CallId | None = None
    language: str | None = None


class ClaimCallback(Struct, frozen=True, kw_only=True, tag="call.claim"):
    """Take an abandoned or dropped call from the list: it is mine to settle."""

    call: CallId


class NoteCallback(Struct, frozen=True, kw_only=True, tag="call.note_callback"):
    """What came of ringing back; `by` is the call that tried."""

    call: CallId
    by: CallId
    outcome: CallbackOutcome


class OfferCallback(Struct, frozen=True, kw_only=True, tag="call.offer_callback"):
    """The caller is to be rung back by `due_at`: offer it to a desk until then, or to all.

    Without `voice` nobody may ring: at the other end somebody listens who must not know. `risk`
    is what the board knows of the number: open_incident, repeat.
    """

    call: CallId
    due_at: datetime
    desk: DeskKey | None = None
    voice: bool = True
    risk: tuple[str, ...] = ()


CallbackCommand = CallBack | ClaimCallback | NoteCallback | OfferCallback
