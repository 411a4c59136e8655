"""A leg: one party of a bridge, by telephone (RTP) or by browser (WebRTC).

Knows how its audio comes in and goes out, not who hears it. A leg never raises for what a peer
sends. Telephones' sockets are read at the tick, a few packets at most, so that a flood at one
port costs the others nothing; all browsers share the socket of `web_port`.
"""

import ipaddress
import socket
from abc import ABC, abstractmethod
from typing import Final, Literal, Protocol

from kentongan.media import rtp
from kentongan.media.dtls import DtlsState
from kentongan.media.g711 import FRAME_SAMPLES, Codec, Samples, encode, silence
from kentongan.media.inbound import InboundAudio
from kentongan.media.mix import Mode
from kentongan.media.rtp import OutboundStream, RtpPacket
from kentongan.media.sounds import Announcement
from kentongan.media.webrtc import Address, WebTransport

TICK_DATAGRAMS_MAX: Final = 256  # read per leg and tick: half a millisecond under a flood
KEYS_WAITING_MAX: Final = 16  # between two ticks; no thumb is faster
SILENT_S: Final = 5.0  # without RTP: shown, never hung up for
_SILENCE: Final = {codec: encode(codec, silence()) for codec in Codec}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Leg(ABC):
    """What the mixer needs of a party."""

    kind: Literal["rtp", "web"]

    def __init__(
        self, name: str, role: str, mode: Mode, inbound: InboundAudio, outbound: OutboundStream
    ) -> None:
        self.name = name
        self.role = role
        self.mode = mode
        self.inbound = inbound
        self.outbound = outbound
        self.current: Samples | None = None
        self.announcement: Announcement | None = None
        self.play_ticket = 0  # rises with each play and stop, so that a slow disk overtakes nobody
        self.is_silent = False
        self.heard_at: float | None = None  # monotonic; none while nothing is expected
        self.energy = 0.0  # sum of squares since the last level report
        self._keys: list[str] = []

    @property
    @abstractmethod
    def state(self) -> str:
        """Where the transport stands, in one word."""

    @property
    @abstractmethod
    def remote(self) -> Address | None:
        """Where its audio goes."""

    @property
    @abstractmethod
    def port(self) -> int:
        """Our port."""

    @abstractmethod
    def poll(self, now: float) -> None:
        """Read what is waiting, if this leg has a socket of its own; `now` is monotonic."""

    @abstractmethod
    def send(self, frame: Samples | None) -> None:
        """20 ms of sound for this party; none is silence, which is sent too."""

    @abstractmethod
    def close(self) -> None:
        """Give the transport back."""

    def take_keys(self) -> list[str]:
        """The keys pressed since the last call."""
        keys, self._keys = self._keys, []
        return keys

    def look(self, now: float) -> bool | None:
        """True if the leg has just fallen silent, false if it is back, none if nothing changed."""
        if self.heard_at is None or (now - self.heard_at > SILENT_S) == self.is_silent:
            return None
        self.is_silent = not self.is_silent
        return self.is_silent

    def _accept(self, packet: RtpPacket, now: float) -> None:
        self.heard_at = now
        key = self.inbound.receive(packet)
        if key is not None and len(self._keys) < KEYS_WAITING_MAX:
            self._keys.append(key)

    def _packet(self, frame: Samples | None) -> bytes:
        codec = Codec(self.outbound.payload_type)
        payload = _SILENCE[codec] if frame is None else encode(codec, frame)
        return self.outbound.packet(payload, FRAME_SAMPLES)


class RtpLeg(Leg):
    """A telephone: plain RTP on a port of its own.

    Symmetric (RFC 4961): the first valid packet from an allowed source decides where audio goes,
    until the switch gives another address or the source has been silent for `SILENT_S`.
    """

    kind = "rtp"

    def __init__(
        self,
        name: str,
        role: str,
        mode: Mode,
        *,
        inbound: InboundAudio,
        outbound: OutboundStream,
        sock: socket.socket,
        trunks: tuple[Network, ...],
    ) -> None:
        super().__init__(name, role, mode, inbound, outbound)
        self._socket = sock
        self._port: int = sock.getsockname()[1]
        self._trunks = trunks
        self._remote: Address | None = None
        self._signalled_host = ""
        self._is_latched = False

    @property
    def state(self) -> str:
        return "latched" if self._is_latched else "waiting"

    @property
    def remote(self) -> Address | None:
        return self._remote

    @property
    def port(self) -> int:
        return self._port

    def point_at(self, remote: Address, now: float) -> None:
        """The switch says where the peer is; its real source is learnt anew."""
        host = ipaddress.ip_address(remote[0])
        self._signalled_host = str(host)
        self._remote = None if host.is_unspecified else (str(host), remote[1])
        self._is_latched = False
        self.heard_at = now

    def poll(self, now: float) -> None:
        for _ in range(TICK_DATAGRAMS_MAX):
            try:
                data, source = self._socket.recvfrom(rtp.PACKET_BYTES_MAX + 1)
            except OSError:  # nothing waits, or the network complains about an earlier packet
                return
            self._receive(data, source[:2], now)

    def send(self, frame: Samples | None) -> None:
        packet = self._packet(frame)
        if self._remote is None:
            return
        try:
            self._socket.sendto(packet, self._remote)
        except OSError:  # full, unreachable, refused: the next tick tries again
            return

    def look(self, now: float) -> bool | None:
        change = super().look(now)
        if change:
            self._is_latched = False
        return change

    def close(self) -> None:
        self._socket.close()

    def _receive(self, data: bytes, source: Address, now: float) -> None:
        if self._is_latched and source != self._remote:
            return
        packet = rtp.parse(data)
        if packet is None or not self.inbound.accepts(packet):
            self.inbound.malformed += not rtp.is_rtcp(data)
            return
        if not self._is_latched:
            if not self._is_allowed(source[0]):
                return
            self._remote, self._is_latched = source, True
        self._accept(packet, now)

    def _is_allowed(self, host: str) -> bool:
        if host == self._signalled_host:
            return True
        address = ipaddress.ip_address(host)
        return any(address in network for network in self._trunks)


class SharedPort(Protocol):
    """The port of all browsers, as a leg sees it."""

    @property
    def port(self) -> int:
        """Its number."""
        ...

    def forget(self, leg: "WebLeg") -> None:
        """The leg is gone."""
        ...


class WebLeg(Leg):
    """A browser's leg; its datagrams come and go through the shared port."""

    kind = "web"

    def __init__(
        self,
        name: str,
        role: str,
        mode: Mode,
        *,
        inbound: InboundAudio,
        outbound: OutboundStream,
        transport: WebTransport,
        shared: "SharedPort",
        now: float,
    ) -> None:
        super().__init__(name, role, mode, inbound, outbound)
        self.transport = transport
        self.heard_at = now
        self._shared = shared
        self._told = DtlsState.CONNECTING

    @property
    def state(self) -> str:
        return self.transport.state.value

    @property
    def remote(self) -> Address | None:
        return self.transport.remote

    @property
    def port(self) -> int:
        return self._shared.port

    def poll(self, now: float) -> None:
        """Its packets were brought by the shared port."""

    def receive(self, datagram: bytes, now: float) -> None:
        """An SRTP datagram from a proved source."""
        data = self.transport.unprotect(datagram)
        packet = None if data is None else rtp.parse(data)
        if packet is None:
            self.inbound.malformed += 1
        else:
            self._accept(packet, now)

    def take_state(self) -> DtlsState | None:
        """The state of the connection, if it has changed since the last call."""
        if self.transport.state is self._told:
            return None
        self._told = self.transport.state
        return self._told

    def send(self, frame: Samples | None) -> None:
        if self.transport.is_open:
            self.transport.send_rtp(self._packet(frame))

    def close(self) -> None:
        self.transport.close()
        self._shared.forget(self)
