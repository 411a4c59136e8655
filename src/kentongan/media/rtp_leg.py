"""A telephone's leg: RTP and RTCP on two ports of its own, encrypted if the trunk wants it.

Its sockets are read at the tick, a few packets at most, so that a flood at one port costs the
others nothing. Where its audio may come from is `latch`'s affair.
"""

import socket
from typing import Final

from kentongan.media import datagrams, rtp
from kentongan.media.g711 import Samples
from kentongan.media.latch import Address, Latch
from kentongan.media.legs import Leg, Streams
from kentongan.media.mix import Mode
from kentongan.media.protocol import Sdes
from kentongan.media.rtp_ports import PortPair
from kentongan.media.srtp import SrtpSession

TICK_DATAGRAMS_MAX: Final = 256  # read per leg and tick: half a millisecond under a flood
REPORTS_READ_MAX: Final = 8  # per second: a peer sends one in five


class RtpLeg(Leg):
    """A telephone. Symmetric (RFC 4961): the first valid packet from an allowed source decides
    where audio goes, until the switch gives another address or the source has been silent.
    """

    kind = "rtp"

    def __init__(
        self,
        name: str,
        role: str,
        mode: Mode,
        *,
        streams: Streams,
        ports: PortPair,
        latch: Latch,
    ) -> None:
        super().__init__(name, role, mode, streams)
        self.latch: Final = latch
        self.sdes: Sdes | None = None
        self.srtp: SrtpSession | None = None
        self.sends = True  # no longer where the peer is on hold, or holds us
        self._has_muxed_rtcp = False
        self._take(ports)
        self._rtcp_signalled: int | None = None
        self._rtcp_remote: Address | None = None  # as learnt from the peer's own reports

    @property
    def state(self) -> str:
        return "latched" if self.latch.is_latched else "waiting"

    @property
    def remote(self) -> Address | None:
        return self.latch.remote

    @property
    def port(self) -> int:
        return self._port

    @property
    def family(self) -> int:
        """The IP version that it is bound on, 4 or 6."""
        return self._family

    @property
    def strangers(self) -> int:
        return self.latch.strangers

    def rebind(self, ports: PortPair) -> None:
        """It goes on at these ports; whoever was at the old ones is heard there no longer."""
        self._socket.close()
        self._rtcp_socket.close()
        self._take(ports)
        self.latch.forget()
        self._rtcp_signalled = self._rtcp_remote = None

    @property
    def is_secret(self) -> bool:
        return self.srtp is not None

    def secure(self, sdes: Sdes | None, session: SrtpSession | None) -> None:
        """Encrypt with these keys from now on, or no longer."""
        self.sdes, self.srtp = sdes, session

    def mux_rtcp(self, *, on: bool) -> None:
        """Reports on the port of the voice from now on, or on their own."""
        self._has_muxed_rtcp = on

    def point_at(self, remote: Address, now: float, *, rtcp_port: int | None = None) -> None:
        """The switch says where the peer is; its real source is learnt anew."""
        self.latch.point_at(remote)
        self._rtcp_signalled = rtcp_port
        self._rtcp_remote = None
        if not self.is_silent:  # where it listens is no sign that it speaks
            self.heard_at = now

    def poll(self, now: float) -> None:
        for _ in range(TICK_DATAGRAMS_MAX):
            try:
                data, source, arrived_s = datagrams.receive(self._socket)
            except OSError:  # nothing waits, or the network complains about an earlier packet
                return
            self._receive(data, source, now, arrived_s)

    def send(self, frame: Samples | None) -> None:
        if not self.sends:
            self.outbound.pass_by()
            return
        packets = self.outbound.send(frame)
        remote = self.latch.remote
        if remote is None:
            return
        for packet in packets:
            data = packet if self.srtp is None else self.srtp.protect(packet)
            _send(self._socket, data, remote)

    def report(self, now: float, wall_s: float) -> None:
        for _ in range(REPORTS_READ_MAX):
            try:
                data, source, arrived_s = datagrams.receive(self._rtcp_socket)
            except OSError:
                break
            self._receive_report(data, source, arrived_s)
        if self.reports.is_due(now):
            self._send_report(self.reports.compound(self._sending(), wall_s))

    def look(self, now: float) -> bool | None:
        change = super().look(now)
        if change:
            self.latch.release()
        return change

    def close(self, wall_s: float) -> None:
        if self.reports.reception.received:
            self._send_report(self.reports.farewell(self._sending(), wall_s))
        self._socket.close()
        self._rtcp_socket.close()

    def _take(self, ports: PortPair) -> None:
        self._socket, self._rtcp_socket = ports.rtp, ports.rtcp
        self._port, self._family = ports.port, ports.family

    def _receive(self, data: bytes, source: Address, now: float, arrived_s: float) -> None:
        if not self.latch.accepts(source):
            return
        if rtp.is_rtcp(data):
            if self._has_muxed_rtcp:
                self._take_report(data, arrived_s)
            return
        plain = data if self.srtp is None else self.srtp.unprotect(data)
        packet = None if plain is None else rtp.parse(plain)
        if packet is None or not self.inbound.accepts(packet):
            self.inbound.malformed += 1
            return
        if not self.latch.is_latched:
            self.latch.learn(source)
        self._accept(packet, now, arrived_s)

    def _receive_report(self, data: bytes, source: Address, arrived_s: float) -> None:
        remote = self.latch.remote
        if remote is None or source[0] != remote[0]:
            self.latch.strangers += 1
        elif self._take_report(data, arrived_s):
            self._rtcp_remote = source

    def _take_report(self, data: bytes, arrived_s: float) -> bool:
        """Whether it was one."""
        plain = data if self.srtp is None else self.srtp.unprotect_rtcp(data)
        malformed = self.reports.malformed
        self.reports.receive(plain or b"", arrived_s, self.outbound.ssrc)
        return self.reports.malformed == malformed

    def _send_report(self, compound: bytes) -> None:
        remote = self.latch.remote
        if remote is None:
            return
        data = compound if self.srtp is None else self.srtp.protect_rtcp(compound)
        if self._has_muxed_rtcp:
            _send(self._socket, data, remote)
        else:
            port = self._rtcp_signalled or min(remote[1] + 1, 65535)
            _send(self._rtcp_socket, data, self._rtcp_remote or (remote[0], port))


def _send(sock: socket.socket, data: bytes, remote: Address) -> None:
    try:
        sock.sendto(data, remote)
    except OSError:  # full, unreachable, refused: the next tick tries again
        return
