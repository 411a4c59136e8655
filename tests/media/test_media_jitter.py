"""The jitter buffer on a clock that only these tests move, alone and behind a bad network."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_network import Network, Speaker, damaged

from kentongan.media.codec import CodecName
from kentongan.media.g711 import FRAME_SAMPLES, Samples
from kentongan.media.jitter import (
    TARGET_FRAMES_MAX,
    Gap,
    Hold,
    JitterBuffer,
    Kind,
    Pause,
    Piece,
    Taken,
)

SPURT_STEPS, PAUSE_STEPS = 60, 40


def piece(number: int, *, timestamp: int | None = None, marker: bool = False) -> Piece:
    """A packet of 20 ms that can be recognised."""
    stamp = number * FRAME_SAMPLES if timestamp is None else timestamp
    return Piece(number, stamp, FRAME_SAMPLES, str(number).encode(), marker=marker)


def note(taken: Taken) -> str:
    """A packet by its number, everything else by its kind."""
    match taken:
        case Piece():
            return taken.payload.decode() or taken.kind.name.lower()
        case Gap(following=following):
            return "gap" if following is None else "gap before " + following.payload.decode()
        case Pause(samples=samples):
            return f"pause {samples}"
        case Hold():
            return "hold"
        case None:
            return "-"


def takes(buffer: JitterBuffer, count: int) -> list[str]:
    """The next steps, each with an empty frame."""
    return [note(buffer.take(0)) for _ in range(count)]


def test_order_is_restored_over_the_wrap() -> None:
    """Packets that overtake each other are played in order, doubles once and not as late ones."""
    buffer = JitterBuffer()
    for number in (0, 2, 1, 1):
        buffer.put(piece(number))
    assert takes(buffer, 3) == ["0", "1", "2"]
    buffer.put(piece(2))
    assert buffer.late == 0


def test_a_lost_packet_is_a_gap_and_the_next_one_may_know_it() -> None:
    """One hole is told with the packet after it; of two in a row only the second has that."""
    buffer = JitterBuffer()
    for number in (1, 2, 4, 5, 8, 9):
        buffer.put(piece(number))
    assert takes(buffer, 6) == ["1", "2", "gap before 4", "4", "5", "gap"]
    assert takes(buffer, 2) == ["gap before 8", "8"]
    assert buffer.lost == 3


def test_an_empty_buffer_holds_the_clock_and_then_gives_up() -> None:
    """Three frames are made up, then nothing is being said; the next packet counts as late."""
    buffer = JitterBuffer()
    for number in range(3):
        buffer.put(piece(number))
    assert takes(buffer, 8) == ["0", "1", "2", "hold", "hold", "hold", "-", "-"]
    buffer.put(piece(3))
    assert buffer.target == 3


@pytest.mark.parametrize("marker", [True, False])
def test_a_pause_of_the_speaker_is_no_fault_of_the_network(marker: bool) -> None:
    """The same silence, told by the marker or by the timestamp: the wait stays, nothing is lost."""
    buffer = JitterBuffer()
    for number in range(3):
        buffer.put(piece(number))
    takes(buffer, 8)
    stamp = 3 * FRAME_SAMPLES if marker else 60 * FRAME_SAMPLES
    buffer.put(piece(3, timestamp=stamp, marker=marker))
    assert (buffer.target, buffer.lost) == (2, 0)


def test_a_short_pause_is_played_as_long_as_it_was() -> None:
    """40 ms left out by the speaker are 40 ms of silence, whether or not the buffer ran empty."""
    buffer = JitterBuffer()
    for number in range(2):
        buffer.put(piece(number))
    for number in (2, 3):
        buffer.put(piece(number, timestamp=(number + 2) * FRAME_SAMPLES))
    assert takes(buffer, 5) == ["0", "1", f"pause {2 * FRAME_SAMPLES}", "2", "3"]
    assert takes(buffer, 1) == ["hold"]
    buffer.put(piece(4, timestamp=8 * FRAME_SAMPLES))
    assert takes(buffer, 2) == [f"pause {FRAME_SAMPLES}", "4"], "one of the two was made up before"


def test_a_clock_that_runs_double_makes_no_pauses() -> None:
    """A peer that counts G.722 at 16 kHz has one silence at the first packet, then none."""
    buffer = JitterBuffer()
    for number in range(8):
        buffer.put(piece(number, timestamp=number * 2 * FRAME_SAMPLES))
    got = takes(buffer, 9)
    assert [each for each in got if each.isdigit()] == [str(number) for number in range(8)]


def test_comfort_noise_ends_a_spurt_at_once() -> None:
    """After a packet of noise nothing is made up, and the next spurt is no lateness."""
    buffer = JitterBuffer()
    buffer.put(piece(0))
    buffer.put(piece(1))
    buffer.put(Piece(2, 0, 0, b"", kind=Kind.NOISE))
    assert takes(buffer, 5) == ["0", "1", "noise", "-", "-"]
    buffer.put(piece(3))
    assert (buffer.target, buffer.lost) == (2, 0)


def test_a_stall_does_not_leave_a_delay_behind() -> None:
    """After ten packets came at once the wait is hurried back to its target within two seconds."""
    network = Network(1)
    network.steps(50)
    for _ in range(10):
        network.audio.receive(network.speaker.packet())
    network.steps(100)
    frames = network.steps(200)
    waiting = [buffered(network) for _ in range(50) if network.step() is not None]
    assert max(waiting) <= 3 * FRAME_SAMPLES
    assert damaged(frames) == 0


def buffered(network: Network) -> int:
    """Samples that wait after a frame was played."""
    buffer = network.audio.buffer
    return buffer._queued + len(network.audio._playout._rest)


def test_the_end_of_a_spurt_is_not_kept_back() -> None:
    """A single packet after a pause is played, though fewer wait than the target asks for."""
    buffer = JitterBuffer()
    buffer.put(piece(7))
    assert "7" in takes(buffer, 4)


def test_a_jump_in_numbers_begins_anew() -> None:
    """A peer that restarts its numbering is heard again within the wait, not after a wrap."""
    for there in (40_000, -20_000):
        buffer = JitterBuffer()
        for number in range(10):
            buffer.put(piece(number))
            takes(buffer, 1)
        for number in range(there, there + 5):
            buffer.put(piece(number))
        assert str(there) in takes(buffer, 3)


def test_a_stray_packet_before_the_beginning_is_forgotten() -> None:
    """A number from elsewhere in the first packets leaves no hole of ten minutes behind."""
    for stray in (30_000, -300):
        buffer = JitterBuffer()
        buffer.put(piece(stray))
        for number in range(3):
            buffer.put(piece(number))
        assert takes(buffer, 4) == ["0", "1", "2", "hold"]
        assert buffer.lost == 0


def test_a_flood_is_left_out() -> None:
    """Ninety packets at once are heard to their end within half a second, so no delay grows."""
    network = Network(1)
    for _ in range(90):
        network.audio.receive(network.speaker.packet())
    heard = [network.audio.frame() for _ in range(25)]
    assert heard[-1] is None
    assert sum(each is not None for each in heard) < 20


@given(
    st.lists(st.tuples(st.integers(-500, 500), st.integers(-(2**33), 2**33), st.booleans())),
    st.lists(st.booleans()),
)
def test_no_order_of_packets_does_harm(
    packets: list[tuple[int, int, bool]], turns: list[bool]
) -> None:
    """Whatever numbers and times come, a frame is found in few steps and the limits hold."""
    buffer = JitterBuffer()
    for number, (sequence, stamp, marker) in enumerate(packets):
        buffer.put(piece(sequence, timestamp=stamp, marker=marker))
        if number < len(turns) and turns[number]:
            got = buffer.take(0)
            assert not isinstance(got, Pause) or got.samples <= TARGET_FRAMES_MAX * FRAME_SAMPLES
            assert not isinstance(got, Gap) or 0 <= got.samples <= FRAME_SAMPLES
        buffer.settle(0)
        assert 2 <= buffer.target <= TARGET_FRAMES_MAX
        assert buffer._queued == sum(each.samples for each in buffer._queue.values())


@pytest.mark.parametrize(
    ("jitter_ms", "loss", "limit"), [(0, 0, 0.0), (30, 0.01, 0.004), (60, 0.02, 0.006)]
)
@pytest.mark.parametrize("codec", CodecName)
def test_a_bad_network_damages_little(
    codec: CodecName, jitter_ms: int, loss: float, limit: float
) -> None:
    """Three half minutes with jitter and loss: far below the gate of 1.5 % damaged frames."""
    for seed in range(3):
        network = Network(seed, jitter_ms=jitter_ms, loss=loss, speaker=Speaker(codec))
        frames = network.steps(1500)
        assert damaged(frames[50:]) <= limit
        assert network.audio.buffer.target <= 4


@pytest.mark.parametrize("packet_ms", [10, 30, 40, 60])
def test_longer_packets_lose_more_at_once(packet_ms: int) -> None:
    """0 to 60 ms of jitter and 2 % loss in packets of every time: a lost one costs its own sound
    at most, beyond the first 20 ms of it.
    """
    network = Network(5, jitter_ms=60, loss=0.02, packet_ms=packet_ms)
    frames = network.steps(3000)
    assert damaged(frames[50:]) <= 0.006 + 0.02 * max(0, packet_ms - 20) / packet_ms
    assert network.audio.buffer.target <= 4


def spurts(network: Network, count: int, *, marker: bool) -> list[Samples | None]:
    """A conversation of spurts and pauses with silence suppression."""
    frames: list[Samples | None] = []
    for _ in range(count):
        frames += [network.step(marker=marker and index == 0) for index in range(SPURT_STEPS)]
        frames += [network.step(speaks=False) for _ in range(PAUSE_STEPS)]
    return frames


@pytest.mark.parametrize("marker", [True, False])
@pytest.mark.parametrize("packet_ms", [20, 40])
def test_talk_spurts_do_not_raise_the_wait(marker: bool, packet_ms: int) -> None:
    """Eight spurts, their pauses told by marker or timestamp alone: the wait stays at 40 ms."""
    network = Network(1, jitter_ms=5, packet_ms=packet_ms)
    spurts(network, 8, marker=marker)
    assert network.audio.buffer.target == 2
    assert network.audio.buffer.lost == 0


def test_the_wait_comes_down_again_during_talk_spurts() -> None:
    """After a bad minute raised it, a calm conversation with pauses brings it back to 3 or less."""
    network = Network(2)
    network.audio.buffer.target = TARGET_FRAMES_MAX
    spurts(network, 80, marker=True)
    assert network.audio.buffer.target <= 3


def test_a_network_that_grew_slow_is_waited_for() -> None:
    """From 0 to 100 ms of jitter, then calm: the wait goes up, the damage ends, it comes down."""
    network = Network(3)
    network.steps(200)
    network._jitter_ms = 100
    network.steps(500)
    assert damaged(network.steps(1000)) < 0.01
    network._jitter_ms = 0
    network.steps(6000)
    assert network.audio.buffer.target <= 3
    assert buffered(network) <= 4 * FRAME_SAMPLES


@pytest.mark.parametrize("drift", [200e-6, -200e-6])
def test_clocks_that_differ_are_followed(drift: float) -> None:
    """Ten minutes with a peer 200 ppm fast or slow: no frame is damaged, no delay builds up."""
    network = Network(4, jitter_ms=5, drift=drift)
    frames = network.steps(30_000)
    assert damaged(frames[50:]) <= 0.0002
    assert buffered(network) <= 4 * FRAME_SAMPLES
    assert network.audio.buffer.target == 2


def test_overtaking_and_doubled_packets_cost_nothing() -> None:
    """One packet in five comes 25 ms later than the next one, one in ten comes twice."""
    network, chance = Network(6), random.Random(6)
    late: list[tuple[int, int]] = []
    frames: list[Samples | None] = []
    packets = [network.speaker.packet() for _ in range(1500)]
    for number, packet in enumerate(packets):
        for due, index in [each for each in late if each[0] == number]:
            late.remove((due, index))
            network.audio.receive(packets[index])
        if chance.random() < 0.2:
            late.append((number + 1, number))
        else:
            network.audio.receive(packet)
        if chance.random() < 0.1:
            network.audio.receive(packet)
        frames.append(network.audio.frame())
    assert damaged(frames[100:]) <= 0.002
    assert network.audio.buffer.target <= 4


def test_a_new_ssrc_and_a_new_numbering_are_heard_at_once() -> None:
    """The peer restarts its stream in mid-word: at most the wait is silent, nothing is late."""
    network = Network(7)
    network.steps(100)
    network.speaker.ssrc, network.speaker.sequence = 2, 3
    network.speaker.timestamp = 77
    frames = network.steps(20)
    assert sum(each is None for each in frames) <= 3
    assert damaged(frames[4:]) == 0
    assert network.audio.buffer.late == 0


def test_a_hole_is_filled_without_a_click() -> None:
    """Around a lost packet no sample jumps by more than the tone itself ever does, and a half."""
    network = Network(8)
    network.steps(20)
    network.speaker.packet()
    sound = np.concatenate([each for each in network.steps(10) if each is not None])
    steepest = 2 * np.pi * 400 / 8000 * 8000
    assert np.abs(np.diff(sound)).max() < 1.5 * steepest
