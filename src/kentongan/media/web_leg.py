"""A browser's leg, of a desk or a citizen; its datagrams come and go through the shared port."""

from typing import Protocol

from kentongan.media import rtp
from kentongan.media.dtls import DtlsState
from kentongan.media.g711 import Samples
from kentongan.media.latch import Address
from kentongan.media.legs import Leg, Streams
from kentongan.media.mix import Mode
from kentongan.media.webrtc import WebTransport


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
    """A browser. RTCP comes on the same port and under the same keys as its voice (RFC 5761)."""

    kind = "web"

    def __init__(
        self,
        name: str,
        role: str,
        mode: Mode,
        *,
        streams: Streams,
        transport: WebTransport,
        shared: SharedPort,
        now: float,
    ) -> None:
        super().__init__(name, role, mode, streams)
        self.transport = transport
        self.heard_at = now
        self.names: tuple[str, ...] = ()  # by which the shared port knows it
        self.answers = 1  # descriptions we have sent: the version of the next must be higher
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

    @property
    def strangers(self) -> int:
        """Those of the shared port belong to nobody; it counts them itself."""
        return 0

    @property
    def is_secret(self) -> bool:
        return True

    def poll(self, now: float) -> None:
        """Its packets were brought by the shared port."""

    def receive(self, datagram: bytes, source: Address, now: float, arrived_s: float) -> None:
        """An SRTP datagram from a proved source."""
        data = self.transport.unprotect(datagram)
        packet = None if data is None else rtp.parse(data)
        if packet is None:
            self.inbound.malformed += 1
            return
        self.transport.note_voice(source, now)
        self._accept(packet, now, arrived_s)

    def receive_report(self, datagram: bytes, arrived_s: float) -> None:
        """An SRTCP datagram from a proved source."""
        data = self.transport.unprotect_rtcp(datagram)
        self.reports.receive(data or b"", arrived_s, self.outbound.ssrc)

    @property
    def may_have_news(self) -> bool:
        return self.transport.state is not self._told or super().may_have_news

    def take_state(self) -> DtlsState | None:
        """The state of the connection, if it has changed since the last call."""
        if self.transport.state is self._told:
            return None
        self._told = self.transport.state
        return self._told

    def send(self, frame: Samples | None) -> None:
        if self.transport.is_open:
            for packet in self.outbound.send(frame):
                self.transport.send_rtp(packet)

    def report(self, now: float, wall_s: float) -> None:
        if self.transport.is_open and self.reports.is_due(now):
            self.transport.send_rtcp(self.reports.compound(self._sending(), wall_s))

    def close(self, wall_s: float) -> None:
        if self.transport.is_open:
            self.transport.send_rtcp(self.reports.farewell(self._sending(), wall_s))
        self.transport.close()
        self._shared.forget(self)
