"""RTCP: what is written is read again, what is malformed is none, and the figures are right."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.media import rtcp
from kentongan.media.reception import Reception
from kentongan.media.reports import INTERVAL_S, FarReport, Reports, Sending
from kentongan.media.rtp import RtpPacket

WORDS = st.integers(0, 0xFFFFFFFF)
SENDERS = st.builds(rtcp.SenderInfo, st.integers(0, (1 << 64) - 1), WORDS, WORDS, WORDS)
BLOCKS = st.builds(
    rtcp.ReportBlock,
    WORDS,
    st.integers(0, 255),
    st.integers(-(1 << 23), (1 << 23) - 1),
    WORDS,
    WORDS,
    WORDS,
    WORDS,
)


@given(WORDS, st.none() | SENDERS, st.none() | BLOCKS, st.text(max_size=40), st.booleans())
def test_a_compound_is_read_as_it_was_written(
    ssrc: int,
    sender: rtcp.SenderInfo | None,
    block: rtcp.ReportBlock | None,
    cname: str,
    leaves: bool,
) -> None:
    """Every report that we can write comes back the same, with and without a farewell."""
    data = rtcp.build(ssrc, sender, block, cname) + (rtcp.goodbye(ssrc) if leaves else b"")
    read = rtcp.parse(data)
    blocks = () if block is None else (block,)
    assert read == rtcp.Compound(ssrc, sender, blocks, (ssrc,) if leaves else ())


def test_the_words_of_the_standard() -> None:
    """A sender report with one block, octet by octet as section 6.4.1 draws it."""
    block = rtcp.ReportBlock(7, 64, -1, 0x10005, 9, 0xAABBCCDD, 65536)
    data = rtcp.build(1, rtcp.SenderInfo(0x0102030405060708, 2, 3, 4), block, "k")
    assert data[:28].hex() == (
        "81c8000c000000010102030405060708000000020000000300000004"
    )  # fmt: skip
    assert data[28:52].hex() == "0000000740ffffff0001000500000009aabbccdd00010000"
    assert data[52:].hex() == "81ca00020000000101016b00"


@given(st.binary(max_size=200))
def test_anything_at_all_is_no_fault(data: bytes) -> None:
    """Random datagrams, also with the first octets of a report, give a compound or none."""
    rtcp.parse(data)
    rtcp.parse(b"\x81\xc8\x00" + data)
    rtcp.parse(b"\xa1\xc9\x00" + data)


@given(st.integers(0, 75), st.integers(0, 255))
def test_a_changed_octet_is_no_fault(at: int, value: int) -> None:
    """Any one octet of a report may be wrong, and any part of it may be missing."""
    block = rtcp.ReportBlock(7, 64, 5, 1, 9, 0, 0)
    data = bytearray(rtcp.build(1, rtcp.SenderInfo(1, 2, 3, 4), block, "k"))
    rtcp.parse(bytes(data[:at]))
    data[at % len(data)] = value
    rtcp.parse(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes.fromhex("80c90001"),  # shorter than it says
        bytes.fromhex("40c9000100000001"),  # version 1
        bytes.fromhex("81ca00020000000101000000"),  # begins with names
        bytes.fromhex("81c9000100000001"),  # a block that is not there
        bytes.fromhex("a0c900010000000180c9000100000001"),  # padding before the end
        bytes.fromhex("a0c9000100000009"),  # padding longer than the packet
        bytes.fromhex("80c90001000000018008000100000001"),  # RTP behind it
        bytes.fromhex("80c900010000000181cb0000"),  # a farewell of nobody
    ],
)
def test_malformed(data: bytes) -> None:
    """What breaks a rule of appendix A.2 is none as a whole."""
    assert rtcp.parse(data) is None


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.sampled_from(["came", "lost", "twice"]), min_size=1, max_size=400),
    st.randoms(use_true_random=False),
)
def test_loss_is_counted_through_wraps_doubles_and_disorder(
    first: int, fates: list[str], random: object
) -> None:
    """Expected less received, whatever the order within ten packets and wherever it began."""
    fates = ["came", *fates, "came"]
    arrivals: list[tuple[float, int]] = []
    for index, fate in enumerate(fates):
        edge = index in (0, len(fates) - 1)
        late = 0.0 if edge else random.random() * 10  # type: ignore[attr-defined]
        arrivals += [(index + late, first + index)] * {"came": 1, "lost": 0, "twice": 2}[fate]
    reception = Reception(1, 8000)
    for _, sequence in sorted(arrivals, key=lambda each: each[0] if each[1] != first else -1):
        reception.take(sequence & 0xFFFF, sequence * 160, 0.02 * sequence)
    assert reception.expected == len(fates)
    assert reception.received == len(arrivals)
    assert reception.lost == fates.count("lost") - fates.count("twice")


def test_a_sender_that_begins_anew_loses_nothing() -> None:
    """Two packets far from the others are a new beginning, one alone is a stray."""
    reception = Reception(1, 8000)
    for sequence in (10, 11, 12, 40_000, 13, 40_500, 40_501, 40_502):
        reception.take(sequence, 0, 0.0)
    assert (reception.expected, reception.received) == (6, 6)


def test_fraction_is_since_the_last_report() -> None:
    """A quarter lost, then nothing lost: 64 of 256, then none, and the total stays."""
    reception = Reception(1, 8000)
    for sequence in (0, 1, 3, 4, 5, 7):
        reception.take(sequence, 0, 0.0)
    assert reception.since_last_report().fraction == 64
    reception.take(8, 0, 0.0)
    again = reception.since_last_report()
    assert (again.fraction, again.lost) == (0, 2)


@given(st.floats(0, 0.05), st.sampled_from([8000, 48000]), WORDS)
def test_jitter_follows_the_standards_formula(swing_s: float, clock: int, start: int) -> None:
    """Every other packet `swing_s` late: jitter comes to that time, in any clock, at any start."""
    reception = Reception(1, clock)
    for index in range(200):
        late = swing_s * (index % 2)
        timestamp = (start + index * clock // 50) & 0xFFFFFFFF
        reception.take(index, timestamp, 1000 + 0.02 * index + late)
    assert reception.jitter_ms == pytest.approx(1000 * swing_s, rel=0.02, abs=0.3)


def test_events_say_nothing_of_jitter() -> None:
    """A key of two seconds has one timestamp; it must not look like a network gone bad."""
    reception = Reception(1, 8000)
    for index in range(100):
        is_voice = not 20 <= index < 80
        timestamp = 160 * (index if is_voice else 20)
        reception.take(index, timestamp, 0.02 * index, is_voice=is_voice)
    assert reception.jitter_ms == 0


class Side:
    """One end of a call, with a clock of its own that is set differently."""

    def __init__(self, ssrc: int, clock_offset_s: float) -> None:
        self.reports = Reports("k", spread=lambda: 0.5, now=0.0)
        self.sending = Sending(ssrc, 100, 16_000, 16_000)
        self.offset_s = clock_offset_s

    def hear(self, ssrc: int, sequences: range) -> None:
        """Packets came in."""
        for sequence in sequences:
            packet = RtpPacket(8, False, sequence, 160 * sequence, ssrc, b"x")
            self.reports.hear(packet, 0.02 * sequence, 8000)

    def speaks_at(self, real_s: float) -> bytes:
        """Its report."""
        return self.reports.compound(self.sending, real_s + self.offset_s)

    def hears_at(self, real_s: float, data: bytes) -> None:
        """The other's report arrives."""
        self.reports.receive(data, real_s + self.offset_s, self.sending.ssrc)


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 20), st.floats(-1e6, 1e6))
def test_the_round_trip_needs_no_common_clock(
    there_s: float, back_s: float, waits_s: float, offset_s: float
) -> None:
    """Report there, report back: the time on the wire, however the clocks are set."""
    ours, theirs = Side(1, 1_800_000_000.0), Side(2, 1_800_000_000.0 + offset_s)
    ours.hear(2, range(10))
    theirs.hear(1, range(10))
    assert ours.reports.round_trip_s is None
    theirs.hears_at(there_s, ours.speaks_at(0.0))
    ours.hears_at(there_s + waits_s + back_s, theirs.speaks_at(there_s + waits_s))
    assert ours.reports.round_trip_s == pytest.approx(there_s + back_s, abs=0.001)
    assert ours.reports.far == FarReport(0, 0)


def test_what_concerns_others_is_left_out() -> None:
    """A block about another stream is not ours, and malformed reports are counted."""
    side = Side(1, 0.0)
    side.hears_at(1.0, rtcp.build(9, None, rtcp.ReportBlock(77, 0, 5, 0, 0, 0, 0), "k"))
    side.hears_at(1.0, struct.pack("!BBHI", 0x81, 200, 1, 9))
    assert side.reports.far is None
    assert side.reports.malformed == 1


@given(st.floats(0, 0.999))
def test_reports_are_spread_and_never_rare(spread: float) -> None:
    """The first within about three seconds, the next ones about five, with a spread."""
    reports = Reports("k", spread=lambda: spread, now=0.0)
    times = [tick / 50 for tick in range(1500) if reports.is_due(tick / 50)]
    assert 1.0 <= times[0] <= 3.2
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(INTERVAL_S * 0.4 <= gap <= INTERVAL_S * 1.3 for gap in gaps)
