"""The one UDP port of all browsers: datagrams find their leg (RFC 7983).

STUN finds it by the user name of its check, everything else by a source that has proved itself
so. An unknown or broken datagram is dropped and counted, at the cost of reading it.

Voices are read together at the tick, when they are needed; waking for each packet would cost as
much as mixing it. Only for a few seconds after somebody joined or changed its network each datagram
wakes the process, because a handshake is a conversation.
"""

import asyncio
import logging
import socket
import time
from typing import Final

from kentongan.media import datagrams, rtp, stun
from kentongan.media.latch import Address
from kentongan.media.web_leg import WebLeg

WAKE_DATAGRAMS_MAX: Final = 512  # read before anything else has its turn: eight ticks of 60 calls
WAKE_S_MAX: Final = 0.005  # as above, for sixty handshakes at once after a restart
AWAKE_S: Final = 3.0  # after a leg was added: handshakes take less, a later one goes by the tick
RECEIVE_BUFFER_BYTES: Final = 4 * 1024 * 1024  # a second of 80 legs while the process is held up
_log: Final = logging.getLogger(__name__)


class WebPort:
    """The socket, and who is behind which name and source."""

    def __init__(self, host: str, port: int) -> None:
        """Binds at once; raises `OSError` if the port is taken."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        datagrams.stamped(self._socket)
        self._socket.setblocking(False)
        self._socket.bind((host, port))
        self.port: Final[int] = self._socket.getsockname()[1]
        self.dropped = 0
        self.faults = 0
        self._by_fragment: dict[str, WebLeg] = {}
        self._by_source: dict[Address, WebLeg] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake_until: float | None = None  # monotonic; none while only the tick reads

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake for what comes in, whenever a handshake may be going on."""
        self._loop = loop

    def close(self) -> None:
        """Read no more."""
        self._sleep()
        self._loop = None
        self._socket.close()

    def send(self, datagram: bytes, remote: Address) -> None:
        """Send, or let it be: the network loses packets anyway."""
        try:
            self._socket.sendto(datagram, remote)
        except OSError:
            self.dropped += 1

    def add(self, leg: WebLeg) -> None:
        """Expect checks for this leg by the names it has now, and by no others."""
        self._forget_names(leg)
        leg.names = leg.transport.fragments
        for fragment in leg.names:
            self._by_fragment[fragment] = leg
        self._wake()

    def forget(self, leg: WebLeg) -> None:
        """The leg is gone; its packets are strangers' from now on."""
        self._forget_names(leg)
        for source in leg.transport.sources:
            if self._by_source.get(source) is leg:
                del self._by_source[source]

    def retransmit(self) -> None:
        """Help along all handshakes; call about each 240 ms."""
        for leg in set(self._by_fragment.values()):
            leg.transport.retransmit()

    def poll(self, now: float) -> None:
        """Read what is waiting; at each tick, whose monotonic time `now` is."""
        self._read()
        if self._awake_until is not None and now > self._awake_until:
            self._sleep()

    def _wake(self) -> None:
        if self._loop is not None:
            if self._awake_until is None:
                self._loop.add_reader(self._socket, self._read)
            self._awake_until = time.monotonic() + AWAKE_S

    def _sleep(self) -> None:
        if self._loop is not None and self._awake_until is not None:
            self._loop.remove_reader(self._socket)
        self._awake_until = None

    def _read(self) -> None:
        begun = time.monotonic()
        for _ in range(WAKE_DATAGRAMS_MAX):
            now = time.monotonic()
            if now - begun > WAKE_S_MAX:
                return
            try:
                data, source, arrived_s = datagrams.receive(self._socket)
            except OSError:
                return
            try:
                self.receive(data, source, now, arrived_s)
            except Exception:  # noqa: BLE001  outermost: one peer's datagram must not deafen the others
                self.faults += 1
                _log.exception("a datagram from %s", source)

    def receive(self, data: bytes, source: Address, now: float, arrived_s: float) -> None:
        """Bring one datagram to its leg; `now` is monotonic, `arrived_s` since 1970."""
        first = data[0] if data else 255
        if first < 4:
            self._check(data, source)
            return
        leg = self._by_source.get(source)
        if leg is None or len(data) > rtp.PACKET_BYTES_MAX:
            self.dropped += 1
        elif 128 <= first <= 191:
            if rtp.is_rtcp(data):
                leg.receive_report(data, arrived_s)
            else:
                leg.receive(data, source, now, arrived_s)
        elif 20 <= first <= 63:
            leg.transport.handshake(data)

    def _check(self, data: bytes, source: Address) -> None:
        message = stun.parse(data)
        leg = self._by_fragment.get(message.username.partition(":")[0]) if message else None
        if message is None or leg is None or not leg.transport.check(message, source):
            self.dropped += 1
            return
        self._keep_names(leg)
        previous = self._by_source.get(source)
        if previous is not None and previous is not leg:
            previous.transport.sources.pop(source, None)
        self._by_source[source] = leg
        oldest = leg.transport.forget_oldest()
        if oldest is not None:
            self._by_source.pop(oldest, None)

    def _keep_names(self, leg: WebLeg) -> None:
        """A nomination may have ended an earlier round of ICE: its name is nobody's."""
        if leg.names != leg.transport.fragments:
            self.add(leg)

    def _forget_names(self, leg: WebLeg) -> None:
        for fragment in leg.names:
            self._by_fragment.pop(fragment, None)
        leg.names = ()
