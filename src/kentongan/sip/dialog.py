"""A dialog: two tags, two sequence numbers, and the way to the other side (RFC 3261 section 12).

A value; each method that changes something returns a new Dialog. It round-trips through JSON
(`to_dict`, `from_dict`), so a restarted process goes on with calls it did not set up itself.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import ip_address
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip.address import Address, Transport
from kentongan.sip.errors import ParseError
from kentongan.sip.facts import tags_of
from kentongan.sip.fields import (
    call_id_of,
    contact_of,
    cseq_of,
    from_of,
    read_address,
    tagged,
    to_of,
)
from kentongan.sip.grammar import find_param
from kentongan.sip.message import Request, Response
from kentongan.sip.uri import DEFAULT_PORT, DEFAULT_TLS_PORT, Uri, read_uri

METHODS = (
    *("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO"),
    *("PRACK", "UPDATE", "REFER", "NOTIFY", "MESSAGE"),
)
"""What we take and send in dialogs, in the order of our Allow."""
EXTENSIONS = ("100rel", "timer", "replaces", "norefersub")
"""Option tags we have: our Supported, and what a Require may name."""
ROUTES_MAX = 16
"""Record-Route entries honoured; two or three proxies are usual."""


class Phase(StrEnum):
    """How far a dialog is. ENDING: we have sent, or owe, a BYE."""

    EARLY = "early"
    CONFIRMED = "confirmed"
    ENDING = "ending"


class Dialog(Struct, frozen=True, kw_only=True):
    """One side of a call. `local` and `remote` are From/To values with their tags.

    `peer` is where the other side's messages come from, or where our first went to; `remote_seq` is
    None until the other side has sent a request. `is_direct`: a Contact that is no public address
    can be reached from here all the same.
    """

    call_id: str
    local: str
    remote: str
    target: str
    routes: tuple[str, ...]
    peer: Address
    transport: Transport
    is_uas: bool
    is_direct: bool = False
    owners: tuple[str, ...] = ()
    """Whose the peer is, as the switch names them; they alone are heard in it. Empty: anybody."""
    phase: Phase = Phase.EARLY
    local_seq: int = 0
    remote_seq: int | None = None
    invite_seq: int = 0
    """Sequence number of our last INVITE: the one an ACK repeats."""
    allow: tuple[str, ...] = ()
    """Methods the peer takes, of those we send."""
    supported: tuple[str, ...] = ()
    """Extensions the peer has, of those we have."""
    is_for_help: bool = False
    """Whether it began as a call for help: nothing optional ends or refuses it."""
    remote_rseq: int | None = None
    """The last reliable provisional of our INVITE (RFC 3262 section 4)."""
    is_offer_answered: bool = False
    """Whether a reliable provisional has answered the offer of our INVITE."""
    description: bytes = b""
    """The SDP of ours that is in force."""
    session_s: int = 0
    """Interval of the session timer (RFC 4028); 0: there is none."""
    min_session_s: int = 0
    """The shortest interval the peer takes, if it has told."""
    is_refresher: bool = False
    """Whether the session timer is ours to refresh."""
    referrals: tuple[int, ...] = ()
    """Sequence numbers of our REFERs whose outcome is still to be told (RFC 3515)."""
    notices: tuple[int, ...] = ()
    """Sequence numbers of the peer's REFERs whose outcome we still have to tell."""

    @property
    def local_tag(self) -> str:
        return read_address(self.local).tag

    @property
    def remote_tag(self) -> str:
        return read_address(self.remote).tag

    @property
    def id(self) -> str:
        return dialog_id(self.call_id, self.local_tag, self.remote_tag)

    def next_hop(self) -> tuple[Address, Transport]:
        """Where requests of this dialog go (section 12.2.1.1 and RFC 3263 for literals).

        The first route, else the target. A host that is a name is not reachable from here, nor is
        a target in a private network, unless the peer itself has that address or `is_direct`:
        there is a NAT between, also where the peer's own address is a private one. Then where the
        peer's messages come from, whose way back is open (RFC 3581 section 4, RFC 5626 section
        5.3). A proxy that is on the way (a route) is a neighbour: its private address counts where
        the peer's is private too.
        """
        text = read_address(self.routes[0]).uri if self.routes else self.target
        try:
            uri = read_uri(text)
        except ParseError:
            return self.peer, self.transport
        transport = _transport_of(uri, self.transport)
        if not (self._is_near(uri.host) or _is_reachable(uri.host, self.peer.host)):
            return self.peer, self.transport
        standard = DEFAULT_TLS_PORT if transport is Transport.TLS else DEFAULT_PORT
        return Address(uri.host, uri.port or standard), transport

    def _is_near(self, host: str) -> bool:
        """Whether a private address is taken at its word."""
        is_neighbour = bool(self.routes) and _is_private(self.peer.host)
        return _is_private(host) and (self.is_direct or is_neighbour)

    def request_line_and_routes(self) -> tuple[str, tuple[str, ...]]:
        """Request-URI and Route values, for loose and strict routers (section 12.2.1.1)."""
        if not self.routes:
            return self.target, ()
        first = read_address(self.routes[0]).uri
        try:
            is_loose = read_uri(first).is_loose
        except ParseError:
            is_loose = True
        if is_loose:
            return self.target, self.routes
        return first, (*self.routes[1:], f"<{self.target}>")

    def with_next_seq(self, *, is_invite: bool = False) -> Dialog:
        number = self.local_seq + 1
        invite_seq = number if is_invite else self.invite_seq
        return replace(self, local_seq=number, invite_seq=invite_seq)

    def received(self, request: Request, source: Address, *, refreshes_target: bool) -> Dialog:
        """After a request of the other side: its number, its new Contact if it has one, and, if it
        called us, its new port at the same host: of a NAT that was restarted, or of a connection
        made anew. Whom we called is known to listen where we called.
        """
        target = contact_of(request) if refreshes_target else None
        is_followed = self.is_uas and source.host == self.peer.host
        heard = replace(
            self,
            remote_seq=cseq_of(request).number,
            target=target or self.target,
            peer=source if is_followed else self.peer,
        )
        return heard.learned(request)

    def learned(self, message: Request | Response) -> Dialog:
        """What the peer can do, as its latest INVITE, UPDATE or response says."""
        allow, supported = self.allow, self.supported
        if message.headers.find("allow") is not None:
            allow = _known(message, "allow", METHODS)
        if message.headers.find("supported") is not None:
            supported = _known(message, "supported", EXTENSIONS)
        return replace(self, allow=allow, supported=supported)

    def allows(self, method: str) -> bool:
        """Whether the peer has said that it takes that method."""
        return method in self.allow

    def confirmed(self) -> Dialog:
        return replace(self, phase=Phase.CONFIRMED)

    def ending(self) -> Dialog:
        return replace(self, phase=Phase.ENDING)

    def retargeted(self, response: Response) -> Dialog:
        """After a 2xx to our re-INVITE: its Contact (section 12.2.1.2)."""
        return replace(self, target=contact_of(response) or self.target).learned(response)

    def to_dict(self) -> dict[str, Any]:
        return msgspec.to_builtins(self)

    @staticmethod
    def from_dict(saved: dict[str, Any]) -> Dialog:
        """Raises `msgspec.ValidationError` for anything `to_dict` did not write."""
        return msgspec.convert(saved, Dialog)


def dialog_id(call_id: str, local_tag: str, remote_tag: str) -> str:
    """Call-ID, our tag, their tag: the three that name a dialog (section 12)."""
    return f"{call_id}|{local_tag}|{remote_tag}"


def as_callee(request: Request, tag: str, peer: Address, transport: Transport) -> Dialog:
    """The early dialog an INVITE opens at the side that is called (section 12.1.1)."""
    return Dialog(
        call_id=call_id_of(request),
        local=tagged(request.headers.find("to") or "", tag),
        remote=request.headers.find("from") or "",
        target=contact_of(request) or from_of(request).uri,
        routes=request.headers.items("record-route")[:ROUTES_MAX],
        peer=peer,
        transport=transport,
        is_uas=True,
        remote_seq=cseq_of(request).number,
    ).learned(request)


def as_caller(request: Request, response: Response, peer: Address, transport: Transport) -> Dialog:
    """The dialog a response with a tag opens at the side that called (section 12.1.2)."""
    number = cseq_of(request).number
    return Dialog(
        call_id=call_id_of(request),
        local=request.headers.find("from") or "",
        remote=response.headers.find("to") or "",
        target=contact_of(response) or request.uri,
        routes=response.headers.items("record-route")[:ROUTES_MAX][::-1],
        peer=peer,
        transport=transport,
        is_uas=False,
        phase=Phase.EARLY if response.status < 200 else Phase.CONFIRMED,
        local_seq=number,
        invite_seq=number,
        description=request.body,
    ).learned(response)


def of_request(request: Request) -> str:
    """The id of the dialog a request claims to be in; "" where To has no tag."""
    local = to_of(request).tag
    return dialog_id(call_id_of(request), local, from_of(request).tag) if local else ""


def of_response(response: Response) -> str:
    """The id of the dialog a response to our request belongs to."""
    return dialog_id(call_id_of(response), from_of(response).tag, to_of(response).tag)


def _known(message: Request | Response, name: str, words: tuple[str, ...]) -> tuple[str, ...]:
    said = set(tags_of(message, name))
    return tuple(word for word in words if word in said)


def _transport_of(uri: Uri, otherwise: Transport) -> Transport:
    if uri.scheme == "sips":
        return Transport.TLS
    wanted = (find_param(uri.params, "transport") or "").lower()
    return Transport(wanted) if wanted in tuple(Transport) else otherwise


def _is_private(host: str) -> bool:
    """Whether that is an address of one host in a network that is not everybody's."""
    try:
        there = ip_address(host)
    except ValueError:
        return False
    is_one = not (there.is_unspecified or there.is_multicast or there.is_loopback)
    return is_one and not there.is_global


def _is_reachable(host: str, peer_host: str) -> bool:
    try:
        there, peer = ip_address(host), ip_address(peer_host)
    except ValueError:
        return False
    if there.is_unspecified or there.is_multicast or there.version != peer.version:
        return False
    if there.is_loopback:
        return peer.is_loopback
    return there.is_global or there == peer
