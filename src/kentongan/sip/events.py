"""What a `Stack` tells the switch: one frozen Struct per thing that happened.

Ids are plain strings that survive a restart: `dialog` names a dialog, `call` an outgoing call
from its first moment, `request` a request to be answered with `Stack.respond`. Texts are for
people (broken octets replaced); `raw`, `body` and `sdp` are octets as they came.
"""

from __future__ import annotations

from msgspec import Struct

from kentongan.sip.address import Address, Transport
from kentongan.sip.location import Location

RAW_BYTES_MAX = 8_192
"""Octets of a message an event carries for the record."""


class Invite(Struct, frozen=True, kw_only=True):
    """A call comes in. 100 is on its way; answer with `respond(request, ...)`.

    `line` is the user part of the Request-URI, "" for a service URN. `caller` is the number shown
    by the caller, else the asserted one, "" where neither is a number. `asserted` is the first
    P-Asserted-Identity (RFC 3325) URI. `sdp` is None for an offerless or unreadable body: answer
    with an offer, the ACK brings the answer.
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
    sdp: bytes | None
    content_type: str
    body: bytes
    locations: tuple[Location, ...]
    supported: tuple[str, ...]
    raw: bytes


class RefusedInvite(Struct, frozen=True, kw_only=True):
    """A call that came in and was refused with `status`, for the record; nothing is to be done.

    `invite` says what an accepted one would say; its `dialog` and `request` are "". A repeat of
    the INVITE is told again. A merged copy (482) is not: its call rings.
    """

    status: int
    invite: Invite


class Reinvite(Struct, frozen=True, kw_only=True):
    """The other side changes the session of a dialog (hold, new address); answer it.

    `sdp` None asks for our offer.
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


class Response(Struct, frozen=True, kw_only=True):
    """An answer to a request of ours, each status once.

    `dialog` is "" before the other side has given a tag. `is_ended`: the call or dialog no longer
    exists. ACKs are sent by the stack.
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


class Options(Struct, frozen=True, kw_only=True):
    """A peer asked whether we are there; answered 200."""

    source: Address
    transport: Transport
    dialog: str


class Timeout(Struct, frozen=True, kw_only=True):
    """Nobody answered for 32 s. `method` "ACK": our 2xx never arrived, so hang up with `bye`.

    `is_ended`: the call or dialog no longer exists.
    """

    call: str
    dialog: str
    method: str
    is_ended: bool


class Malformed(Struct, frozen=True, kw_only=True):
    """Octets that are no SIP message. `answered` None: dropped in silence."""

    source: Address
    transport: Transport
    reason: str
    answered: int | None
    raw: bytes


Event = (
    Invite
    | RefusedInvite
    | Reinvite
    | Ack
    | Bye
    | Cancel
    | Info
    | OtherRequest
    | Response
    | Options
    | Timeout
    | Malformed
)
