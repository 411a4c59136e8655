"""The jitter buffer on a clock that only these tests move."""

import random

import numpy as np
import pytest
from media_ears import LOUDNESS, tone

from kentongan.media.g711 import FRAME_SAMPLES, Samples, silence
from kentongan.media.jitter import TARGET_FRAMES_MAX, JitterBuffer


def frame(number: int) -> Samples:
    """A frame that can be recognised."""
    return np.full(FRAME_SAMPLES, number % 30000 + 1, np.int32)


def numbers(buffer: JitterBuffer, count: int) -> list[int]:
    """The next frames by their number, -1 for none or concealed."""
    got = [buffer.get() for _ in range(count)]
    return [-1 if each is None or each.min() != each.max() else int(each[0]) - 1 for each in got]


class Network:
    """A sender, a delay for each packet, and the buffer at the end; 20 ms per step."""

    def __init__(self, seed: int, *, jitter_ms: float, loss: float) -> None:
        self.buffer = JitterBuffer()
        self._random = random.Random(seed)
        self._jitter_ms, self._loss = jitter_ms, loss
        self._phase_ms = self._random.random() * 20
        self._sequence, self._now_ms = 65_400, 0.0  # the numbers wrap early
        self._flying: list[tuple[float, int, int, bool]] = []

    def step(self, *, speaks: bool = True, marker: bool = False) -> Samples | None:
        """Send one packet or stay silent, deliver what has arrived, play one frame."""
        timestamp = round(self._now_ms * 8)
        if speaks:
            delay = self._random.random() * self._jitter_ms + self._phase_ms
            if self._random.random() >= self._loss:
                self._flying.append((self._now_ms + delay, self._sequence, timestamp, marker))
            self._sequence += 1
        self._now_ms += 20
        for packet in sorted(each for each in self._flying if each[0] <= self._now_ms):
            self._flying.remove(packet)
            _, sequence, stamp, marked = packet
            sound = tone(400, stamp, FRAME_SAMPLES).astype(np.int32)
            self.buffer.put(sequence & 0xFFFF, sound, timestamp=stamp, marker=marked)
        return self.buffer.get()


def damaged(frames: list[Samples | None]) -> float:
    """The share of frames that kept less than 70 % of their tone; concealed ones count too."""
    sound = np.array([silence() if each is None else each for each in frames], float)
    wave = np.exp(-2j * np.pi * 400 * np.arange(FRAME_SAMPLES) / 8000)
    return float(np.mean(np.abs(sound @ wave) / (FRAME_SAMPLES / 2) < 0.7 * LOUDNESS))


def test_order_is_restored_over_the_wrap() -> None:
    """Packets that overtake each other around sequence number 0 are heard in order, none twice."""
    buffer = JitterBuffer()
    for number in (0, 2, 1, 1):
        sequence = (65534 + number) & 0xFFFF
        buffer.put(sequence, frame(number), timestamp=number * FRAME_SAMPLES)
    assert numbers(buffer, 3) == [0, 1, 2]
    buffer.put(0, frame(2), timestamp=2 * FRAME_SAMPLES)
    assert buffer.late == 0, "a double is not a late frame"


def test_a_lost_frame_is_concealed_and_counted() -> None:
    """One hole costs one frame, which sounds on instead of falling silent."""
    buffer = JitterBuffer()
    for sequence in (1, 2, 4, 5):
        sound = tone(400, sequence * 160, 160).astype(np.int32)
        buffer.put(sequence, sound, timestamp=sequence * FRAME_SAMPLES)
    got = [buffer.get() for _ in range(4)]
    assert all(each is not None for each in got)
    assert damaged(got) == 0
    assert buffer.lost == 1


@pytest.mark.parametrize(
    ("jitter_ms", "loss", "limit"), [(0, 0, 0.0), (30, 0.01, 0.012), (60, 0.02, 0.015)]
)
@pytest.mark.parametrize("seed", range(5))
def test_a_bad_network_damages_little(seed: int, jitter_ms: int, loss: float, limit: float) -> None:
    """A minute with jitter and loss: the gate of 1.5 % damaged frames, after the first second."""
    network = Network(seed, jitter_ms=jitter_ms, loss=loss)
    frames = [network.step() for _ in range(3000)]
    assert damaged(frames[50:]) <= limit


def test_talk_spurts_do_not_raise_the_wait() -> None:
    """Eight spurts, their pauses told by marker or timestamp alone: the wait stays at 40 ms."""
    for has_marker in (True, False):
        network = Network(1, jitter_ms=5, loss=0)
        for _ in range(8):
            for index in range(60):
                network.step(marker=has_marker and index == 0)
            for _ in range(40):
                network.step(speaks=False)
        assert network.buffer.target == 2
        assert network.buffer.lost == 0


def test_the_wait_comes_down_again_during_talk_spurts() -> None:
    """After a bad minute raised it, a calm conversation with pauses brings it back to 3 or less."""
    network = Network(2, jitter_ms=0, loss=0)
    network.buffer.target = TARGET_FRAMES_MAX
    for _ in range(80):
        for index in range(60):
            network.step(marker=index == 0)
        for _ in range(40):
            network.step(speaks=False)
    assert network.buffer.target <= 3


def test_a_stalled_network_does_raise_it() -> None:
    """Frames that come late without any pause of the speaker lengthen the wait."""
    buffer = JitterBuffer()
    for sequence in range(3):
        buffer.put(sequence, frame(sequence), timestamp=sequence * FRAME_SAMPLES)
    numbers(buffer, 10)
    buffer.put(3, frame(3), timestamp=3 * FRAME_SAMPLES)
    assert buffer.target == 3


def test_a_stall_does_not_leave_a_delay_behind() -> None:
    """After three frames came at once the wait is back at its target within ten seconds."""
    buffer = JitterBuffer()
    for sequence in range(3):
        buffer.put(sequence, frame(sequence), timestamp=sequence * FRAME_SAMPLES)
    delay = 0
    for sequence in range(3, 503):
        buffer.put(sequence, frame(sequence), timestamp=sequence * FRAME_SAMPLES)
        (played,) = numbers(buffer, 1)
        delay = sequence - played
    assert delay == 1
    assert buffer.lost == 0


def test_the_end_of_a_spurt_is_not_kept_back() -> None:
    """A single frame after a pause is played, though fewer wait than the target asks for."""
    buffer = JitterBuffer()
    buffer.put(7, frame(7), timestamp=0)
    assert 7 in numbers(buffer, 4)


def test_a_jump_in_numbers_begins_anew() -> None:
    """A peer that restarts its numbering is heard again within the wait, not after a wrap."""
    buffer = JitterBuffer()
    for sequence in (*range(10), *range(40_000, 40_010)):
        buffer.put(sequence, frame(sequence), timestamp=sequence * FRAME_SAMPLES)
        if sequence < 10:
            buffer.get()
    assert 10_000 in numbers(buffer, 3)


def test_it_never_holds_more_than_the_limit() -> None:
    """A flood of frames is dropped to the wait, so delay cannot grow for ever."""
    buffer = JitterBuffer()
    for sequence in range(90):
        buffer.put(sequence, frame(sequence), timestamp=sequence * FRAME_SAMPLES)
    played = [each for each in numbers(buffer, 60) if each >= 0]
    assert max(played) == 89
    assert len(played) < 60
