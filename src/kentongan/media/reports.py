"""RTCP of one leg: what we report, when, and what the peer reports of us (RFC 3550, section 6).

Two parties and a constant stream, so of the timer rules only these are needed: about every five
seconds, spread by half on either side so that legs do not report together, and the first one
earlier. Encryption and sockets are the leg's. Pure: clocks and randomness come in. `now` is
monotonic; `wall_s` is seconds since 1970, of the clock that also stamps arrivals.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from kentongan.media import rtcp
from kentongan.media.reception import Reception
from kentongan.media.rtp import RtpPacket

INTERVAL_S: Final = 5.0  # section 6.2: the least for sessions that do not scale it down
FIRST_S: Final = 2.5  # half of it for who has just joined
COMPENSATION: Final = 1.21828  # e - 1.5: the spread alone would report too often (section 6.3.1)
ROUND_TRIP_S_MAX: Final = 60.0  # more is a peer that reports nonsense


class Sending(Struct, frozen=True):
    """Our stream at this moment."""

    ssrc: int
    packets: int
    octets: int
    timestamp: int


class FarReport(Struct, frozen=True):
    """What the peer last said of our stream."""

    lost: int
    jitter: int
    """In units of our RTP timestamp."""


class Reports:
    """One leg's RTCP."""

    __slots__ = (
        "_due_at", "_last_sender", "_spread", "cname", "far", "malformed", "reception",
        "round_trip_s",
    )  # fmt: skip

    def __init__(self, cname: str, *, spread: Callable[[], float], now: float) -> None:
        """`spread` gives numbers evenly between 0 and 1."""
        self.cname = cname
        self.reception = Reception(0, 8000)
        self.far: FarReport | None = None
        self.round_trip_s: float | None = None
        self.malformed = 0
        self._spread = spread
        self._last_sender: tuple[int, float] | None = None  # middle of its time, when it came
        self._due_at = now + self._interval(FIRST_S)

    def hear(
        self, packet: RtpPacket, arrived_s: float, clock_hz: int, *, is_voice: bool = True
    ) -> None:
        """An RTP packet came in."""
        if packet.ssrc != self.reception.ssrc:
            self.reception.begin_source(packet.ssrc, clock_hz)
        self.reception.take(packet.sequence, packet.timestamp, arrived_s, is_voice=is_voice)

    def receive(self, data: bytes, arrived_s: float, our_ssrc: int) -> None:
        """An RTCP datagram came in, decrypted; a malformed one is counted."""
        compound = rtcp.parse(data)
        if compound is None:
            self.malformed += 1
            return
        if compound.sender is not None:
            self._last_sender = (rtcp.middle(compound.sender.ntp), arrived_s)
        for block in compound.blocks:
            if block.ssrc == our_ssrc:
                self._take_block(block, arrived_s)

    def is_due(self, now: float) -> bool:
        """Whether it is time for the next report; ask, and it is planned."""
        if now < self._due_at:
            return False
        self._due_at = now + self._interval(INTERVAL_S)
        return True

    def compound(self, sending: Sending, wall_s: float) -> bytes:
        """A report of both directions."""
        sender = None
        if sending.packets:
            sender = rtcp.SenderInfo(
                rtcp.ntp(wall_s),
                sending.timestamp & 0xFFFFFFFF,
                sending.packets & 0xFFFFFFFF,
                sending.octets & 0xFFFFFFFF,
            )
        return rtcp.build(sending.ssrc, sender, self._block(wall_s), self.cname)

    def farewell(self, sending: Sending, wall_s: float) -> bytes:
        """The last report, with BYE."""
        return self.compound(sending, wall_s) + rtcp.goodbye(sending.ssrc)

    def _interval(self, base_s: float) -> float:
        return base_s * (0.5 + self._spread()) / COMPENSATION

    def _block(self, wall_s: float) -> rtcp.ReportBlock | None:
        reception = self.reception
        if not reception.received:
            return None
        loss = reception.since_last_report()
        last_report, delay = 0, 0
        if self._last_sender is not None:
            last_report, came_s = self._last_sender
            delay = max(0, round((wall_s - came_s) * 65536)) & 0xFFFFFFFF
        return rtcp.ReportBlock(
            reception.ssrc, loss.fraction, loss.lost, reception.highest,
            reception.jitter & 0xFFFFFFFF, last_report, delay,
        )  # fmt: skip

    def _take_block(self, block: rtcp.ReportBlock, arrived_s: float) -> None:
        self.far = FarReport(max(0, block.lost), block.jitter)
        if not block.last_report:
            return
        passed = rtcp.middle(rtcp.ntp(arrived_s)) - block.last_report - block.delay
        round_trip_s = (passed & 0xFFFFFFFF) / 65536
        if round_trip_s >= ROUND_TRIP_S_MAX:  # a clock was set back, or the peer misreckons
            round_trip_s = 0.0 if (-passed & 0xFFFFFFFF) < 65536 else None
        if round_trip_s is not None:
            self.round_trip_s = round_trip_s
