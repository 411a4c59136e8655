"""What a `Stack` tells the switch: one frozen Struct per thing that happened.

Ids are plain strings that survive a restart: `dialog` names a dialog, `call` an outgoing call
from its first moment, `request` a request to be answered with `Stack.respond`. Texts are for
people (broken octets replaced); `raw`, `body` and `sdp` are octets as they came.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from kentongan.sip.additional import Block
from kentongan.sip.address import Address, Transport
from kentongan.sip.hops import HOPS
from kentongan.sip.identity import Identity
from kentongan.sip.location import Location

RAW_BYTES_MAX = 8_192
"""Octets of a message an event carries for the record."""

SubscriptionEnd = Literal["refused", "no_answer", "terminated", "expired", "too_long", "too_many"]
"""Why nothing more is heard of a subscription. `terminated`: the other side ended it."""


class Invite(Struct, frozen=True, kw_only=True):
    """A call comes in. 100 is on its way; answer with `respond(request, ...)`.

    `line` is the user part of the Request-URI, "" for a service URN. `caller` is the number shown
    by the caller, else the asserted one, "" where neither is a number. `asserted` is the first
    P-Asserted-Identity (RFC 3325) URI. `sdp` is None for an offerless or unreadable body: answer
    with an offer, the ACK brings the answer. `body_defects` say what was wrong with the way a
    multipart body was put together. `additional` data (RFC 7852) is kept raw.
    """

    dialog: str
    request: str
    source: Address
    transport: Transport
    call_id: str
    request_uri: str
    line: str
    is_emergency: bool
    from_uri: str
    from_display: str
    to_uri: str
    caller: str
    asserted: str
    asserted_number: str
    is_anonymous: bool
    privacy: str
    identity: Identity
    sdp: bytes | None
    content_type: str
    body: bytes
    body_defects: tuple[str, ...]
    locations: tuple[Location, ...]
    additional: tuple[Block, ...]
    supported: tuple[str, ...]
    raw: bytes
    replaces: str = ""
    """The dialog of ours whose place this call takes (RFC 3891): after the 2xx, `bye` that one."""
    left_out: tuple[str, ...] = ()
    """Lines of its head that are no header field, too long or one too many."""
    unknown_extensions: tuple[str, ...] = ()
    """What the call requires and we do not have; it rings without, because it is for help."""
    hops: int = HOPS
    """Its Max-Forwards: how many more exchanges it might have passed."""


class RefusedInvite(Struct, frozen=True, kw_only=True):
    """A call that came in and was refused with `status`, for the record; nothing is to be done.

    `invite` says what an accepted one would say; its `dialog` and `request` are "". A repeat of
    the INVITE is told again. A merged copy (482) is not: its call rings. `cause` is a word of
    `sip.unmatched` where one status has several causes.
    """

    status: int
    invite: Invite
    cause: str = ""


class Reinvite(Struct, frozen=True, kw_only=True):
    """The other side changes the session of a dialog (hold, new address); answer it.

    `sdp` None asks for our offer.
    """

    dialog: str
    request: str
    sdp: bytes | None
    raw: bytes


class Update(Struct, frozen=True, kw_only=True):
    """UPDATE in a dialog, early or confirmed (RFC 3311).

    With `sdp` it is an offer to be answered; without, it was answered 200 and `request` is "".
    """

    dialog: str
    request: str
    sdp: bytes | None
    raw: bytes


class Prack(Struct, frozen=True, kw_only=True):
    """Our reliable provisional has arrived (RFC 3262); what waited for that is sent.

    `sdp` is the answer to an offer we made in it; with a `request` it is a new offer, to be
    answered.
    """

    dialog: str
    request: str
    sdp: bytes | None
    raw: bytes


class Ack(Struct, frozen=True, kw_only=True):
    """Our 2xx has arrived. `sdp` is the answer where we made the offer."""

    dialog: str
    sdp: bytes | None


class Bye(Struct, frozen=True, kw_only=True):
    """The other side hung up; answered 200, the dialog is gone."""

    dialog: str
    reason: str
    raw: bytes


class Cancel(Struct, frozen=True, kw_only=True):
    """The caller gave up. 200 and 487 are sent; `is_initial`: the dialog is gone."""

    dialog: str
    request: str
    is_initial: bool
    reason: str
    raw: bytes


class Info(Struct, frozen=True, kw_only=True):
    """INFO in a dialog, answered 200 (RFC 6086): DTMF as a rule."""

    dialog: str
    content_type: str
    body: bytes


class Message(Struct, frozen=True, kw_only=True):
    """MESSAGE in a dialog, answered 200 (RFC 3428): typed text beside the voice."""

    dialog: str
    content_type: str
    body: bytes


class Refer(Struct, frozen=True, kw_only=True):
    """The other side wants to be connected with `target` (RFC 3515): `respond` 202 or 603.

    After 202 the stack says that it is tried; tell the outcome with `Stack.notify`. `replaces` is
    the Replaces value to call with, "" for a blind transfer; `others` are the names of the other
    headers that the request to `target` is to have.
    """

    dialog: str
    request: str
    target: str
    replaces: str
    referred_by: str
    raw: bytes
    others: tuple[str, ...] = ()


class Referred(Struct, frozen=True, kw_only=True):
    """How a transfer we asked for goes on: the status the other side got (RFC 3515 2.4.5).

    `status` None: it did not say, or nothing more was heard. `is_over`: no more will come.
    """

    dialog: str
    status: int | None
    is_over: bool


class Notified(Struct, frozen=True, kw_only=True):
    """Something was told about what was subscribed to (RFC 6665); answered 200.

    `document` is its PIDF part, else its whole body; `number` counts from 1.
    """

    subscription: str
    number: int
    document: bytes


class SubscriptionEnded(Struct, frozen=True, kw_only=True):
    """A subscription is over although nobody here ended it; `said` is for people.

    `status` is that of the refusal, else 0.
    """

    subscription: str
    cause: SubscriptionEnd
    said: str
    status: int


class OtherRequest(Struct, frozen=True, kw_only=True):
    """A well-formed request that is none of the above.

    `answered` is the status the stack sent; None for a method named in `Stack(methods=...)`,
    which waits for `respond(request, ...)`. `dialog` is "" outside a dialog.
    """

    method: str
    request: str
    dialog: str
    source: Address
    answered: int | None
    content_type: str
    body: bytes
    raw: bytes
    is_foreign: bool = False
    """Refused because it came from another's address than its dialog."""


class Response(Struct, frozen=True, kw_only=True):
    """An answer to a request of ours, each status once.

    `call` is the key of a call or of a request outside dialogs. `dialog` is "" before the other
    side has given a tag. `is_ended`: the call or dialog no longer exists, unless it is revived at
    once: `challenges` are those of a 401 or 407 to `request`, which `Stack.retry_with` sends again
    with credentials for `request_uri`. ACKs are sent by the stack.
    """

    call: str
    dialog: str
    method: str
    status: int
    reason: str
    sdp: bytes | None
    retry_after_s: int | None
    is_ended: bool
    raw: bytes
    request: str = ""
    request_uri: str = ""
    challenges: tuple[str, ...] = ()


class Options(Struct, frozen=True, kw_only=True):
    """A peer asked whether we are there; answered 200."""

    source: Address
    transport: Transport
    dialog: str


class Timeout(Struct, frozen=True, kw_only=True):
    """Nobody answered for 32 s. `method` "ACK": our 2xx never arrived, so hang up with `bye`.

    `method` "PRACK": a reliable provisional never arrived; a call for help rings on without.
    `is_ended`: the call or dialog no longer exists.
    """

    call: str
    dialog: str
    method: str
    is_ended: bool


class ProbeFailed(Struct, frozen=True, kw_only=True):
    """`Stack.probe` found nobody: no answer in 32 s (`status` None), or 408; 481 where answered.

    `is_ended`: the dialog no longer exists.
    """

    dialog: str
    status: int | None
    is_ended: bool


class SessionExpired(Struct, frozen=True, kw_only=True):
    """The session timer of a call ran out and nobody answers (RFC 4028): hang up with `bye`."""

    dialog: str


class Changed(Struct, frozen=True, kw_only=True):
    """The stack did something in this dialog by itself: save it. Nothing else is to be done."""

    dialog: str


class Malformed(Struct, frozen=True, kw_only=True):
    """Octets that are no SIP message. `answered` None: dropped in silence.

    `invite` is what could be read of a new call that was refused for it; `dialog` and `request` of
    that are "". A repeat is told again.
    """

    source: Address
    transport: Transport
    reason: str
    answered: int | None
    raw: bytes
    invite: Invite | None = None


Event = (
    Invite
    | RefusedInvite
    | Reinvite
    | Update
    | Prack
    | Ack
    | Bye
    | Cancel
    | Info
    | Message
    | Refer
    | Referred
    | Notified
    | SubscriptionEnded
    | OtherRequest
    | Response
    | Options
    | Timeout
    | ProbeFailed
    | SessionExpired
    | Changed
    | Malformed
)
