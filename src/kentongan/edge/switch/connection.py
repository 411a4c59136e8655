"""One TCP or TLS connection of SIP: octets cut into messages, pings answered, slow ones ended.

A connection may be silent for long, but a message that was begun must come to its end: whoever
sends an octet now and then holds a place that others need. A stranger may ask one thing, is told
403, and goes. Nothing here knows who may call in.
"""

import asyncio
import re
import socket
import time
from collections.abc import Callable
from ipaddress import ip_address

from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.tls import cause_of
from kentongan.sip.address import Address, Transport, unbracketed
from kentongan.sip.errors import ParseError
from kentongan.sip.stream import KEEP_ALIVE_ANSWER, KeepAlive, StreamParser

MESSAGE_S_MAX = 10.0
"""From a message's first octet to its last; on a bad line it takes one second."""
FIRST_S_MAX = 60.0
"""A connection that was opened and never used; exchanges open one in advance and ping at once."""
SILENT_S_MAX = 7_500.0
"""Silence after that: above two hours, which idle trunks and long calls may be silent for. A peer
that vanished is found much sooner by TCP itself."""
STRANGER_S_MAX = 2.0
"""What a stranger has for its one question."""
READ_BYTES = 65_536
UNSENT_BYTES_MAX = 1 << 20
"""What may wait for one peer that does not read."""

PROBE_AFTER_S, PROBE_EACH_S, PROBES_MAX = 60, 15, 4
"""TCP's own keep-alive: a peer that vanished without a word is found out within two minutes."""
UNACKNOWLEDGED_MS_MAX = 32_000
"""Octets the peer's TCP does not acknowledge: SIP too gives up after 32 s (timer B)."""

Receive = Callable[[bytes, Address, Transport], None]

_VIA = re.compile(
    rb"\n(?:via|v)[ \t]*:[ \t]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*T[A-Z]+[ \t]+"
    rb"([^;,\r\n]+)([^,\r\n]*)",
    re.IGNORECASE,
)
_ALIAS = re.compile(rb";[ \t]*alias[ \t]*(?:[;=]|\Z)", re.IGNORECASE)
_SENT_BY = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._]+)[ \t]*(?::[ \t]*([0-9]{1,5}))?[ \t]*")


class Connection:
    """A connection that is open. `peer` is its far end as TCP knows it."""

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        peer: Address,
        transport: Transport,
        notices: Notices,
    ) -> None:
        self._reader, self._writer = streams
        self.peer = peer
        self.transport = transport
        self._notices = notices
        self.alias: Address | None = None
        """Where the peer says it may be reached over this connection too (RFC 5923)."""

    @property
    def is_open(self) -> bool:
        """Whether octets can still be sent."""
        return not self._writer.is_closing()

    def write(self, data: bytes) -> None:
        """Send; a peer that reads nothing any more is let go."""
        if not self.is_open:
            return
        if self._writer.transport.get_write_buffer_size() > UNSENT_BYTES_MAX:
            self._say("peer_reads_nothing", f"{UNSENT_BYTES_MAX} octets wait; closed")
            self.abort()
            return
        self._writer.write(data)

    def abort(self) -> None:
        """Close at once, whatever still waits."""
        self._writer.transport.abort()

    async def read(self, receive: Receive, *, within_s: float | None = None) -> None:
        """Give each whole message to `receive` until the connection ends; raises nothing.

        With `within_s` one message at most, in that time.
        """
        try:
            async with asyncio.timeout(within_s):
                await self._read_on(receive, is_once=within_s is not None)
        except TimeoutError:
            self._say("too_slow", "no whole message came in time; closed")
        except ParseError as error:
            self._say("framing_lost", f"{error.reason}; closed")
        except OSError as error:
            self._say(cause_of(error), str(error) or type(error).__name__)
        finally:
            self._writer.close()

    async def _read_on(self, receive: Receive, *, is_once: bool) -> None:
        parser, begun_at, patience_s = StreamParser(), None, FIRST_S_MAX
        while not parser.is_broken:
            if begun_at is not None:
                patience_s = begun_at + MESSAGE_S_MAX - time.monotonic()
            async with asyncio.timeout(patience_s):
                data = await self._reader.read(READ_BYTES)
            if not data:
                return
            found = parser.feed(data)
            for item in found:
                self._take(item, receive)
            if is_once and any(isinstance(item, bytes) for item in found):
                return
            patience_s = SILENT_S_MAX
            if not parser.has_begun:
                begun_at = None
            elif begun_at is None or found:
                begun_at = time.monotonic()

    def _take(self, item: bytes | KeepAlive, receive: Receive) -> None:
        if isinstance(item, KeepAlive):
            self.write(KEEP_ALIVE_ANSWER)
            return
        if self.alias is None:
            self.alias = alias_in(item, self.peer, self.transport)
        receive(item, self.peer, self.transport)

    def _say(self, cause: str, text: str) -> None:
        self._notices.say(cause, self.peer.host, f"SIP over {self.transport.upper()}: {text}")


def alias_in(message: bytes, peer: Address, transport: Transport) -> Address | None:
    """The address a request asks to be answered at over this connection (RFC 5923 section 5).

    Only its own: a peer cannot ask for what is meant for another host.
    """
    found = _VIA.search(message)
    if found is None or message.startswith(b"SIP/") or not _ALIAS.search(found[2]):
        return None
    sent_by = _address_of(found[1], transport)
    return sent_by if sent_by is not None and _is_same(sent_by.host, peer.host) else None


def way_back(message: bytes, peer: Address, transport: Transport) -> Address | None:
    """Where a response goes whose connection has closed (RFC 3261 section 18.2.2).

    The host its request came from, at the port the request's Via names.
    """
    found = _VIA.search(message)
    sent_by = _address_of(found[1], transport) if found else None
    return None if sent_by is None else Address(peer.host, sent_by.port)


def _address_of(sent_by: bytes, transport: Transport) -> Address | None:
    found = _SENT_BY.fullmatch(sent_by)
    if found is None:
        return None
    standard = 5061 if transport is Transport.TLS else 5060
    port = int(found[2]) if found[2] else standard
    host = unbracketed(found[1].decode("ascii"))
    return Address(host, port) if 0 < port <= 65_535 else None


def _is_same(one: str, other: str) -> bool:
    try:
        return ip_address(one) == ip_address(other)
    except ValueError:
        return False


def watch_over(sock: socket.socket) -> None:
    """Let TCP find out by itself when the other end is gone."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option, value in (
        ("TCP_KEEPIDLE", PROBE_AFTER_S),
        ("TCP_KEEPINTVL", PROBE_EACH_S),
        ("TCP_KEEPCNT", PROBES_MAX),
        ("TCP_USER_TIMEOUT", UNACKNOWLEDGED_MS_MAX),
    ):
        if hasattr(socket, option):  # not on every system
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
