"""Text over RTP: order, loss, redundancy, pace; what a peer sends and what we send."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan.media import rtp
from kentongan.media.rtp import OutboundStream, RtpPacket
from kentongan.media.t140 import LOST, to_send
from kentongan.media.text_rtp import (
    BUFFER_S,
    CPS_TAKEN,
    CPS_WINDOW_S,
    KEEP_ALIVE_S,
    OVERTAKEN_S,
    WAITING_CHARACTERS_MAX,
    TextReceiver,
    TextSender,
    blocks_of,
    redundant,
)

T140, RED = 98, 100
WORDS = st.text(st.characters(categories=["L", "N", "Zs"], include_characters="\b"), min_size=1)
TICK_S = 0.02


def _sender(generations: int = 2, cps: int = 1_000, sequence: int = 65_533) -> TextSender:
    sender = TextSender(OutboundStream(T140, ssrc=7, sequence=sequence, timestamp=9), 0.0)
    sender.agree(T140, RED if generations else None, generations, cps)
    return sender


def _packets(sender: TextSender, said: Iterable[str], until_s: float = 30.0) -> list[RtpPacket]:
    """What goes out when each text is typed at the next third of a second."""
    pieces = iter(said)
    found: list[RtpPacket] = []
    for tick in range(round(until_s / TICK_S)):
        if tick % 16 == 0:
            sender.write(next(pieces, ""))
        packet = sender.due(tick * TICK_S)
        if packet is not None:
            read = rtp.parse(packet)
            assert read is not None
            found.append(read)
    return found


def _one_each(said: list[str], sender: TextSender | None = None) -> list[RtpPacket]:
    """A packet for each text, and those that only repeat."""
    sender = sender or _sender()
    found: list[RtpPacket] = []
    for place, text in enumerate([*said, "", ""]):
        sender.write(text)
        packet = rtp.parse(sender.due(place * BUFFER_S + 1e-6 * place) or b"")
        if packet is not None:
            found.append(packet)
    return found


def _read(packets: Iterable[RtpPacket], receiver: TextReceiver | None = None) -> str:
    """What is read in the end, the last second of waiting included."""
    receiver = receiver or TextReceiver()
    found = [_take(receiver, packet, place * BUFFER_S) for place, packet in enumerate(packets)]
    return "".join(found) + receiver.text(1e6)


def _take(receiver: TextReceiver, packet: RtpPacket, now: float) -> str:
    receiver.take(packet, T140, RED, now)
    return receiver.text(now)


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=12), st.data())
def test_up_to_two_packets_lost_in_a_row_lose_nothing(said: list[str], data: st.DataObject) -> None:
    """Any pattern of losses that leaves one of three packets, wherever the numbers wrap."""
    packets = _packets(_sender(), said)
    kept: list[RtpPacket] = []
    missing = 0
    for packet in packets:
        if missing < 2 and data.draw(st.booleans()):
            missing += 1
        else:
            kept.append(packet)
            missing = 0
    if missing:  # the last ones only repeat, unless all of them are lost
        kept += packets[-missing:]
    assert _read(kept) == to_send("".join(said)).replace("\u2028", "\n")


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(said: list[str], chance: object) -> None:
    """Packets overtake each other by some places and come twice."""
    packets = [one for one in _packets(_sender(), said) for _ in range(2)]
    assert hasattr(chance, "uniform")
    shuffled = sorted(
        enumerate(packets),
        key=lambda one: one[0] + chance.uniform(0, 4),  # type: ignore[attr-defined]
    )
    receiver = TextReceiver()
    found = [_take(receiver, packet, place * 0.05) for place, (_, packet) in enumerate(shuffled)]
    assert "".join(found) + receiver.text(1e6) == "".join(said)
    assert receiver.lost == 0


def test_what_redundancy_cannot_repair_is_marked_after_a_second() -> None:
    """Three lost in a row: one text is gone, and a mark stands in its place, once."""
    packets = _one_each(["a", "b", "c", "d", "e"])
    receiver = TextReceiver()
    shown = [_take(receiver, packet, place * 0.01) for place, packet in enumerate(packets[:1])]
    shown += [_take(receiver, packet, 1.0) for packet in packets[4:]]
    assert "".join(shown) == "a"
    assert receiver.text(1.0 + OVERTAKEN_S) == f"{LOST}cde"
    assert receiver.lost == 1
    assert receiver.text(99.0) == ""


def test_an_overtaken_packet_is_waited_for() -> None:
    """Without redundancy the order alone decides."""
    packets = _one_each(["a", "b", "c"], _sender(generations=0))
    assert _read([packets[0], packets[2], packets[1]]) == "abc"


def test_without_redundancy_a_loss_is_marked() -> None:
    """And the stream goes on."""
    packets = _one_each(["a", "b", "c"], _sender(generations=0))
    assert _read([packets[0], packets[2]]) == f"a{LOST}c"


def test_another_source_is_read_from_its_first_packet() -> None:
    """A gateway was restarted; what it repeats of before is read too."""
    first = _packets(_sender(), ["halo"])
    second = TextSender(OutboundStream(T140, ssrc=8, sequence=10, timestamp=0), 0.0)
    second.agree(T140, RED, 2, 30)
    later = _packets(second, ["tolong", " api"])
    assert _read([*first, *later[1:]]) == "halotolong api"


def test_numbers_that_jump_are_a_new_beginning() -> None:
    """The same source begins anew far away: text goes on, and a mark says that some may be gone."""
    first = _packets(_sender(sequence=100), ["halo"])
    later = _packets(_sender(sequence=40_000), ["api"] * 8)
    shown = _read([*first, *later])
    assert shown.startswith(f"halo{LOST}")
    assert shown.endswith("api")


def test_a_receiver_goes_on_where_another_one_ended() -> None:
    """Nothing is read twice, and what was lost in between comes out of the redundancy."""
    packets = _one_each(["15", "5", " A"])
    before = TextReceiver()
    assert _read(packets[:2], before) == "155"
    assert _read(packets[2:], TextReceiver(before.heard)) == " A"
    assert _read(packets[1:], TextReceiver(before.heard)) == " A"
    assert _read(packets[4:], TextReceiver(before.heard)) == " A"


def test_a_receiver_that_resumes_after_a_pause_misses_nothing() -> None:
    """The marker says that the peer had paused, so what passed unheard was repetition."""
    sender = _sender()
    early = _one_each(["15"], sender)
    before = TextReceiver()
    assert _read(early[:1], before) == "15"
    assert sender.write("5")
    later = rtp.parse(sender.due(60.0) or b"")
    assert later is not None
    assert _take(TextReceiver(before.heard), later, 60.0) == "5"


def test_a_flood_is_cut_and_marked() -> None:
    """More than anybody types or pastes is not read; normal typing after it is."""
    sender = OutboundStream(T140, ssrc=1, sequence=0, timestamp=0)
    receiver = TextReceiver()
    shown = ""
    for place in range(100):
        packet = rtp.parse(sender.event(b"x" * 900, T140, place, marker=False))
        assert packet is not None
        shown += _take(receiver, packet, place * 0.01)
    limit = CPS_TAKEN * CPS_WINDOW_S + CPS_TAKEN
    assert 0 < len(shown) <= limit + 1
    assert shown.count(LOST) == 1
    packet = rtp.parse(sender.event(b"api", T140, 200, marker=False))
    assert packet is not None
    assert _take(receiver, packet, 60.0) == "api"


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from((T140, RED, 8)), st.binary(min_size=1, max_size=60),
                          st.integers(0, 65_535), st.integers(0, 2)), max_size=30))  # fmt: skip
def test_nothing_a_peer_sends_is_raised(sent: list[tuple[int, bytes, int, int]]) -> None:
    """Any payload, any number, any source; memory has an end, and reading comes to an end."""
    receiver = TextReceiver()
    for place, (kind, payload, sequence, ssrc) in enumerate(sent):
        packet = RtpPacket(kind, False, sequence, 0, ssrc, payload)
        receiver.take(packet, T140, RED, place * 0.3)
        receiver.text(place * 0.3)
    for _ in range(40):
        receiver.text(1e6 + _ * 10)
    assert receiver.text(1e9) == ""


@given(st.binary(max_size=80))
def test_any_redundant_payload_is_blocks_or_none(payload: bytes) -> None:
    """What is read never is more than what came."""
    blocks = blocks_of(payload, T140)
    assert blocks is None or sum(map(len, blocks)) < len(payload)


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=100)), max_size=5),
       st.binary(max_size=100), st.integers(0, 2**32 - 1))  # fmt: skip
def test_what_is_written_is_read(
    earlier: list[tuple[int, bytes]], primary: bytes, timestamp: int
) -> None:
    """RFC 2198 there and back."""
    payload = redundant(earlier, primary, timestamp, T140)
    assert blocks_of(payload, T140) == (*(block for _, block in earlier), primary)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        bytes([0x80 | T140]),
        bytes([0x80 | T140, 0, 0, 9, T140]) + b"short",
        bytes([0x80 | 8, 0, 0, 1, T140]) + b"xy",
        bytes([8]) + b"text",
        bytes([0x80 | T140, 0, 0, 0] * 17 + [T140]),
    ],
)
def test_broken_headers_are_none(payload: bytes) -> None:
    """Cut off, longer than the packet, of another kind, or without end."""
    assert blocks_of(payload, T140) is None


def test_the_first_character_leaves_at_once_and_the_rest_gathers() -> None:
    """300 ms between packets, marker on the first after a pause, repetitions until all are out."""
    sender = _sender()
    packets = _packets(sender, ["", "", "t"], until_s=4.0)
    said = [packet for packet in packets if b"t" in packet.payload]
    assert [packet.marker for packet in said] == [True, False, False]
    stamps = [packet.timestamp for packet in said]
    assert [b - a for a, b in itertools.pairwise(stamps)] == [300, 300]
    assert all(packet.payload_type == RED for packet in packets)


def test_a_quiet_line_keeps_its_path_open() -> None:
    """A mark that shows nothing, at once and each ten seconds, read as nothing."""
    packets = _packets(_sender(), [], until_s=35.0)
    assert _read(packets) == ""
    begun = [packet.timestamp for packet in packets if packet.marker]
    assert len(begun) == 4
    assert all(b - a >= KEEP_ALIVE_S * 1_000 for a, b in itertools.pairwise(begun))


def test_a_peer_gets_no_more_than_it_takes() -> None:
    """Averaged over ten seconds (RFC 4103 section 6); nothing is left out."""
    sender = _sender(cps=5)
    assert sender.write("x" * 200)
    packets = _packets(sender, [], until_s=60.0)
    text = _read(packets)
    assert text == "x" * 200
    early = [packet for packet in packets if packet.timestamp - 9 < 10_000]
    assert len(_read(early)) <= 5 * CPS_WINDOW_S * 2


def test_too_much_at_once_is_refused_whole() -> None:
    """Half a sentence would be worse than none."""
    sender = _sender()
    assert not sender.write("x" * (WAITING_CHARACTERS_MAX + 1))
    assert _read(_packets(sender, [])) == ""


def test_a_long_text_is_cut_into_packets_below_a_frame() -> None:
    """Whole characters only, also of four octets."""
    sender = _sender()
    assert sender.write("\U0001f692" * 600)
    packets = _packets(sender, [], until_s=20.0)
    assert max(len(packet.payload) for packet in packets) < 1_300
    assert _read(packets) == "\U0001f692" * 600
