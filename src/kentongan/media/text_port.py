"""A telephone's text line: T.140 over RTP on two ports of its own, encrypted if the trunk wants it.

It stands beside a call's legs, or alone where the peer has no sound. Where its packets may come
from is `latch`'s affair, their order `text_rtp`'s. Nothing a peer sends is raised.
"""

import secrets
import socket
import time
from typing import Final

from kentongan.media import datagrams, rtp
from kentongan.media.latch import Address, Latch, written
from kentongan.media.protocol import CommandRefusedError, Sdes, Text, TextRow, Typed
from kentongan.media.reports import Reports, Sending
from kentongan.media.rtp_ports import PortPair
from kentongan.media.srtp import SrtpSession
from kentongan.media.text_rtp import CLOCK_HZ, TextReceiver, TextSender

TICK_DATAGRAMS_MAX: Final = 32
"""Read at each tick; a typist sends three a second."""
REPORTS_READ_MAX: Final = 8
SILENT_S: Final = 60.0
"""After so long without a packet another source may be learnt: the peer may have moved."""
_random: Final = secrets.SystemRandom()


class TextPort:
    """One peer's text. Symmetric (RFC 4961), like the sound of `rtp_leg`."""

    def __init__(
        self, name: str, ports: PortPair, latch: Latch, heard: tuple[int, int] | None, now: float
    ) -> None:
        self.name: Final = name
        self.latch: Final = latch
        self.sdes: Sdes | None = None
        self.srtp: SrtpSession | None = None
        self.receiver: Final = TextReceiver(heard)
        stream = rtp.OutboundStream(
            98,
            ssrc=secrets.randbits(32),
            sequence=secrets.randbits(15),
            timestamp=secrets.randbits(31),
        )
        self.sender: Final = TextSender(stream, now)
        self._reports = Reports(secrets.token_urlsafe(12), spread=_random.random, now=now)
        self._rtp, self._rtcp = ports.rtp, ports.rtcp
        self._port: Final = ports.port
        self.family: Final = ports.family  # the IP version, 4 or 6
        self._t140_type, self._red_type = 98, 100
        self._heard_at = now

    @property
    def port(self) -> int:
        """Our port."""
        return self._port

    def agree(self, wanted: Text) -> None:
        """Read and write this from now on."""
        red = wanted.red if wanted.generations else None
        self._t140_type, self._red_type = wanted.t140, wanted.red or -1
        self.sender.agree(wanted.t140, red, wanted.generations, wanted.cps)

    def secure(self, sdes: Sdes | None, session: SrtpSession | None) -> None:
        """Encrypt with these keys from now on, or no longer."""
        self.sdes, self.srtp = sdes, session

    def write(self, text: str) -> None:
        """Send this to the peer, at the pace it takes. Raises `CommandRefusedError`."""
        if not self.sender.write(text):
            raise CommandRefusedError("full", "too much is waiting to be sent")

    def tick(self, bridge: str, now: float) -> Typed | None:
        """Read and send what there is; what the peer has typed."""
        self._poll(now)
        packet = self.sender.due(now) if self.latch.remote is not None else None
        if packet is not None:
            self._send(self._rtp, packet if self.srtp is None else self.srtp.protect(packet))
        text = self.receiver.text(now)
        if not text:
            return None
        source, number = self.receiver.heard or (0, 0)
        return Typed(bridge=bridge, leg=self.name, text=text, source=source, number=number)

    def look(self, now: float) -> None:
        """Once a second: reports, and whether another source may speak."""
        for _ in range(REPORTS_READ_MAX):
            try:
                data, source, arrived_s = datagrams.receive(self._rtcp)
            except OSError:
                break
            remote = self.latch.remote
            if remote is not None and source[0] == remote[0]:
                plain = data if self.srtp is None else self.srtp.unprotect_rtcp(data)
                self._reports.receive(plain or b"", arrived_s, self.sender.stream.ssrc)
        if self._reports.is_due(now):
            self._report(self._reports.compound(self._sending(), time.time()))
        if now - self._heard_at > SILENT_S:
            self.latch.release()

    def close(self) -> None:
        """Say goodbye and give the ports back."""
        if self._reports.reception.received:
            self._report(self._reports.farewell(self._sending(), time.time()))
        self._rtp.close()
        self._rtcp.close()

    def row(self) -> TextRow:
        """The line as `list` shows it."""
        remote = self.latch.remote
        return TextRow(
            leg=self.name,
            port=self._port,
            remote=written(remote),
            received=self.receiver.received,
            sent=self.sender.stream.sent,
            lost=self.receiver.lost,
            malformed=self.receiver.malformed,
            strangers=self.latch.strangers,
            is_secret=self.srtp is not None,
        )

    def _poll(self, now: float) -> None:
        for _ in range(TICK_DATAGRAMS_MAX):
            try:
                data, source, arrived_s = datagrams.receive(self._rtp)
            except OSError:  # nothing waits, or the network complains about an earlier packet
                return
            self._receive(data, source, now, arrived_s)

    def _receive(self, data: bytes, source: Address, now: float, arrived_s: float) -> None:
        if not self.latch.accepts(source) or rtp.is_rtcp(data):
            return
        plain = data if self.srtp is None else self.srtp.unprotect(data)
        packet = None if plain is None else rtp.parse(plain)
        if packet is None:
            self.receiver.malformed += 1
            return
        if not self.receiver.take(packet, self._t140_type, self._red_type, now):
            return
        self._heard_at = now
        if not self.latch.is_latched:
            self.latch.learn(source)
        self._reports.hear(packet, arrived_s, CLOCK_HZ, is_voice=False)

    def _sending(self) -> Sending:
        stream = self.sender.stream
        return Sending(stream.ssrc, stream.sent, stream.octets, self.sender.timestamp)

    def _report(self, compound: bytes) -> None:
        remote = self.latch.remote
        if remote is not None:
            data = compound if self.srtp is None else self.srtp.protect_rtcp(compound)
            self._send(self._rtcp, data, min(remote[1] + 1, 65535))

    def _send(self, sock: socket.socket, data: bytes, port: int | None = None) -> None:
        remote = self.latch.remote
        if remote is None:
            return
        try:
            sock.sendto(data, (remote[0], port or remote[1]))
        except OSError:  # full, unreachable, refused: redundancy and the next packet repeat it
            return
