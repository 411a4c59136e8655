"""Knocks that count, and everything on a telephone that must not be taken for them."""

import numpy as np
import pytest
from media_ears import Sound
from media_speech import frames, knock, noise, placed, talker

from kentongan.media.g711 import Samples
from kentongan.media.taps import TapDetector


def told(sound: Sound, silence_frames: int = 0) -> list[int]:
    """The series that were told of."""
    ear = TapDetector()
    heard: list[Samples | None] = [*frames(sound), *([None] * silence_frames)]
    return [taps for taps in (ear.hear(each) for each in heard) if taps]


def two(gap_s: float, level: float = 9000, *, ring_s: float = 0.008, seed: int = 0) -> Sound:
    """Two knocks on a line with a little noise; the second is softer."""
    knocks = {
        1.003: knock(level, seed, ring_s=ring_s),
        1.003 + gap_s: knock(0.7 * level, seed + 1, ring_s=ring_s),
    }
    return placed(4.5, knocks, noise(4.5, seed, 15))


@pytest.mark.parametrize("gap_s", [0.12, 0.2, 0.4, 0.8, 1.3, 1.9])
@pytest.mark.parametrize("level", [2500, 9000, 30_000])
def test_two_knocks_within_two_seconds(gap_s: float, level: float) -> None:
    """Told once, as two, whether slow or fast, soft or on the microphone itself."""
    assert told(two(gap_s, level)) == [2]


@pytest.mark.parametrize("ring_s", [0.004, 0.008, 0.015, 0.02])
@pytest.mark.parametrize("seed", range(4))
def test_knocks_on_every_material(ring_s: float, seed: int) -> None:
    """From plastic to a table that rings on for 60 ms."""
    assert told(two(0.5, ring_s=ring_s, seed=10 * seed)) == [2]


def test_knocks_over_a_noisy_line() -> None:
    """Noise at -47 dB, which was there before: learnt within a second, knocks 20 dB over it."""
    under = noise(4, 2, 150)
    assert told(placed(4, {1.5: knock(12_000, 1), 2.0: knock(12_000, 2)}, under)) == [2]


def test_three_are_told_as_three() -> None:
    """The number is told; what it means is up to whoever asked."""
    assert told(placed(4, {1.0: knock(9000), 1.3: knock(9000, 1), 1.6: knock(9000, 2)})) == [3]


def test_silence_suppression_ends_a_series_too() -> None:
    """A telephone that sends nothing after the knocks: told all the same, 0.7 s later."""
    sound = placed(1, {0.3: knock(9000), 0.7: knock(9000, 1)})
    assert told(sound, 45) == [2]
    assert told(sound, 10) == []


@pytest.mark.parametrize(
    "moments",
    [
        [1.0],
        [1.0, 4.0],
        [1 + 0.2 * number for number in range(9)],
        [1 + 0.05 * number for number in range(9)],
    ],
    ids=["one", "two far apart", "drumming", "rattling"],
)
def test_other_knocks_are_no_answer(moments: list[float]) -> None:
    """One knock, two with more than two seconds between, drumming and rattling."""
    assert told(placed(6, {each: knock(9000, int(each * 20)) for each in moments})) == []


def test_crackles_are_no_knocks() -> None:
    """A bad line that crackles every second for three minutes: not one answer."""
    random = np.random.default_rng(1)
    clicks = {number + random.uniform(0, 0.5): np.full(3, 15_000.0) for number in range(178)}
    assert told(placed(180, clicks, noise(180, 1, 20))) == []


def test_talk_is_no_answer() -> None:
    """Three minutes of six voices: not one; and knocks in the midst of talk are none either."""
    for seed in range(6):
        assert told(talker(30, seed)) == []
    assert told(placed(6, {2.0: knock(9000), 2.4: knock(9000, 1)}, talker(6, 3))) == []
    assert told(placed(5, {1.0: knock(9000), 1.4: knock(9000, 1), 1.7: talker(2, 4)})) == []


def test_steady_sounds_are_no_knocks() -> None:
    """Loud noise that comes and goes, as wind does."""
    wind = {1.0: noise(0.3, 1, 4000), 1.6: noise(0.4, 2, 4000), 3.0: noise(0.2, 3, 4000)}
    assert told(placed(5, wind)) == []
