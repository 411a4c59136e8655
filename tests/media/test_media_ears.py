"""The tests' own ears, before anything is judged by them."""

import os
import struct
import time

import numpy as np
import pytest
from media_ears import heard_at, level_at, tone
from media_peers import Voice
from media_whole import Whole

RMS = 8000 / np.sqrt(2)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_a_steady_tone_is_heard_as_loud_as_it_is(rate: int) -> None:
    """Beside two other tones, at any rate: within 0.1 dB."""
    seconds = np.arange(rate) / rate
    sound = sum(8000 * np.sin(2 * np.pi * hz * seconds) for hz in (440, 700, 1000))
    for hz in (440, 700, 1000):
        assert heard_at(sound, hz, rate) == pytest.approx(RMS, rel=0.012)


def test_a_late_frame_does_not_make_a_tone_faint() -> None:
    """100 ms lost in the middle: the spectrum of the whole is 1 dB short, what is heard is not."""
    sound = np.concatenate([tone(1000, 0, 3600), np.zeros(800), tone(1000, 4400, 3600)])
    assert level_at(sound, 1000) < 0.9 * RMS
    assert heard_at(sound, 1000) == pytest.approx(RMS, rel=0.012)


def test_a_tone_that_is_away_a_third_of_the_time_is_not_heard() -> None:
    """Three quarters of the time it has to be there."""
    sound = np.concatenate([tone(1000, 0, 6000), np.zeros(3000)])
    assert heard_at(sound, 1000) < 0.1 * RMS


def test_a_tone_that_is_not_there_is_not_heard() -> None:
    """Another tone beside it leaks less than -50 dB."""
    assert heard_at(tone(1000, 0, 8000), 1300) < RMS / 300


@pytest.mark.parametrize(
    ("sequence", "pause_s"),
    [((65534, 65535, 1, 2), 0.0), ((1, 2, 3, 4), 0.5), ((1, 2), 0.0)],
    ids=["missing", "pause", "ended"],
)
def test_an_ear_notices_what_is_not_whole(
    monkeypatch: pytest.MonkeyPatch, sequence: tuple[int, ...], pause_s: float
) -> None:
    """One packet that never came, one pause, or a stream that stopped."""
    now = 1e9  # later than anything that held up another test
    monkeypatch.setattr(time, "monotonic", lambda: now)
    ear = Voice()
    whole = Whole(os.getpid(), ear=ear)
    for number in sequence:
        ear.take(struct.pack("!BBHII", 0x80, 8, number, 0, 7) + bytes(160))
        now += 0.02
    now += pause_s
    ear.take(struct.pack("!BBHII", 0x80, 8, sequence[-1] + 1, 0, 7) + bytes(160))
    now += 0.3 if len(sequence) == 2 else 0.0
    with pytest.raises(AssertionError, match="ear"):
        whole.judge()
