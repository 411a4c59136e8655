"""How well a stream arrives: packets expected and lost, and jitter (RFC 3550, A.1, A.3, A.8).

Counts by sequence number what the network did, not what the jitter buffer made of it. Pure;
arrival times come in. A sender that begins anew under the same SSRC is taken as a new stream, and
what was counted of the old one stays counted.
"""

from typing import Final

from msgspec import Struct

SEQUENCE_MODULUS: Final = 1 << 16
DROPOUT_PACKETS_MAX: Final = 3000  # a minute of silence on the line, still the same stream
MISORDER_PACKETS_MAX: Final = 100  # two seconds late, still the same stream
TRANSIT_MODULUS: Final = 1 << 32


class Loss(Struct, frozen=True):
    """What a report block says of loss: in 256ths since the last one, and in all."""

    fraction: int
    lost: int


class Reception:
    """One source's stream as it comes in."""

    __slots__ = (
        "_bad_sequence", "_base", "_clock_hz", "_cycles", "_earlier_expected",
        "_earlier_received", "_expected_before", "_highest", "_is_begun", "_jitter",
        "_received", "_received_before", "_transit", "ssrc",
    )  # fmt: skip

    def __init__(self, ssrc: int, clock_hz: int) -> None:
        self.ssrc = ssrc
        self._clock_hz = clock_hz
        self._is_begun = False
        self._base = self._highest = self._cycles = 0
        self._bad_sequence: int | None = None
        self._received = 0
        self._earlier_expected = self._earlier_received = 0  # of streams that began anew
        self._expected_before = self._received_before = 0  # at the last report
        self._transit: int | None = None
        self._jitter = 0.0

    @property
    def received(self) -> int:
        """Packets that came, doubles too."""
        return self._earlier_received + self._received

    @property
    def expected(self) -> int:
        """Packets that were sent, as far as their numbers tell."""
        return self._earlier_expected + self._expected_now

    @property
    def lost(self) -> int:
        """Expected and not received; below zero when packets came twice."""
        return self.expected - self.received

    @property
    def highest(self) -> int:
        """The highest sequence number, with the count of its wraps above 16 bits."""
        return (self._cycles + self._highest) & 0xFFFFFFFF

    @property
    def jitter(self) -> int:
        """In units of the RTP timestamp."""
        return int(self._jitter)

    @property
    def jitter_ms(self) -> float:
        """In milliseconds."""
        return 1000 * self._jitter / self._clock_hz

    def begin_source(self, ssrc: int, clock_hz: int) -> None:
        """Another source, or another clock, speaks from now on."""
        self.ssrc = ssrc
        self._clock_hz = clock_hz
        self._earlier_expected, self._earlier_received = self.expected, self.received
        self._received = 0
        self._is_begun = False
        self._jitter = 0.0

    def take(
        self, sequence: int, timestamp: int, arrived_s: float, *, is_voice: bool = True
    ) -> None:
        """A packet arrived; `arrived_s` is of a clock that runs evenly.

        Telephone events repeat the timestamp of their beginning, so they say nothing of jitter.
        """
        if not self._is_begun:
            self._begin(sequence)
        elif not self._advance(sequence):
            return
        self._received += 1
        if not is_voice:
            self._transit = None
            return
        transit = int(arrived_s * self._clock_hz) - timestamp
        if self._transit is not None:
            step = (transit - self._transit) % TRANSIT_MODULUS
            distance = min(step, TRANSIT_MODULUS - step)
            self._jitter += (distance - self._jitter) / 16
        self._transit = transit

    def since_last_report(self) -> Loss:
        """The loss since the last call; call it once for each report (A.3)."""
        expected, received = self.expected, self.received
        wanted = expected - self._expected_before
        lost = wanted - (received - self._received_before)
        self._expected_before, self._received_before = expected, received
        fraction = min(255, 256 * lost // wanted) if wanted > 0 and lost > 0 else 0
        return Loss(fraction, self.lost)

    @property
    def _expected_now(self) -> int:
        return self._cycles + self._highest - self._base + 1 if self._is_begun else 0

    def _begin(self, sequence: int) -> None:
        self._earlier_expected, self._earlier_received = self.expected, self.received
        self._base = self._highest = sequence
        self._cycles = self._received = 0
        self._bad_sequence = self._transit = None
        self._is_begun = True

    def _advance(self, sequence: int) -> bool:
        """Whether the packet belongs to the stream (A.1, without the probation of new sources)."""
        ahead = (sequence - self._highest) % SEQUENCE_MODULUS
        if ahead < DROPOUT_PACKETS_MAX:
            if sequence < self._highest:
                self._cycles += SEQUENCE_MODULUS
            self._highest = sequence
        elif ahead <= SEQUENCE_MODULUS - MISORDER_PACKETS_MAX:
            if sequence != self._bad_sequence:
                self._bad_sequence = (sequence + 1) % SEQUENCE_MODULUS
                return False
            self._begin(sequence)  # two in a row: the sender began anew
        return True
