"""What fills a hole and what hurries a voice: near to the voice, and without a click."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_ears import Sound

from kentongan.media.conceal import FADE_SAMPLES, Concealer, shortened
from kentongan.media.g711 import Samples

PITCHES_HZ = (75, 100, 130, 180, 240, 300)


def vowel(pitch_hz: float, begin: int, count: int) -> Sound:
    """A steady voice with eight harmonics."""
    turns = 2 * np.pi * pitch_hz * np.arange(begin, begin + count) / 8000
    return np.sum([2500 / k * np.cos(k * turns + k * k) for k in range(1, 9)], axis=0)


def pieces(sound: Sound) -> list[Samples]:
    """The newest sound as the concealer gets it."""
    return list(np.rint(sound).astype(np.int32).reshape(-1, 160))


def alike(one: Sound, other: Sound) -> float:
    """How much two sounds have the same shape, from -1 to 1."""
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


@pytest.mark.parametrize("pitch_hz", PITCHES_HZ)
def test_a_vowel_sounds_on(pitch_hz: float) -> None:
    """The first lost frame has the voice's shape and nearly its level, whatever its pitch."""
    filled = Concealer(pieces(vowel(pitch_hz, 0, 480))).fill(160).astype(float)
    true = vowel(pitch_hz, 480, 160)
    assert alike(filled, true) > 0.9
    assert 0.8 < np.sqrt((filled @ filled) / (true @ true)) < 1.0


@pytest.mark.parametrize("pitch_hz", PITCHES_HZ)
def test_no_click_at_either_end(pitch_hz: float) -> None:
    """Into the hole, through it and out of it no sample jumps twice as far as the voice does."""
    before, after = vowel(pitch_hz, 0, 480), np.rint(vowel(pitch_hz, 700, 160)).astype(np.int32)
    hole = Concealer(pieces(before))
    whole = np.concatenate((np.rint(before), hole.fill(220), hole.blended(after)))
    assert np.abs(np.diff(whole)).max() < 2 * np.abs(np.diff(before)).max()


def test_a_long_hole_becomes_silence() -> None:
    """Louder never, softer from frame to frame, nothing after 60 ms; then the voice rises again."""
    hole = Concealer(pieces(vowel(130, 0, 480)))
    levels = [float(np.abs(hole.fill(160)).max()) for _ in range(5)]
    assert levels[0] > levels[1] > levels[2] > levels[3] == levels[4] == 0
    back = hole.blended(np.full(160, 1000, np.int32))
    assert back[0] == 0
    assert (back[40:] == 1000).all()


@given(st.lists(st.binary(min_size=320, max_size=320), max_size=4), st.integers(0, 700))
def test_whatever_was_heard_the_hole_stays_within_16_bits(past: list[bytes], count: int) -> None:
    """Noise, silence, nothing at all: as many samples as asked for, within limits."""
    hole = Concealer([np.frombuffer(each, np.int16).astype(np.int32) for each in past])
    filled = hole.fill(count)
    assert len(filled) == count
    assert np.abs(filled).max(initial=0) <= 32768
    assert not filled[FADE_SAMPLES:].any()


@pytest.mark.parametrize("pitch_hz", PITCHES_HZ)
def test_a_hurried_voice_keeps_its_pitch(pitch_hz: float) -> None:
    """5 to 15 ms shorter, no click, the same voice after the seam."""
    frame = np.rint(vowel(pitch_hz, 0, 160)).astype(np.int32)
    following = vowel(pitch_hz, 160, 320)
    short = shortened(frame)
    assert 40 <= 160 - len(short) <= 120
    whole = np.concatenate((vowel(pitch_hz, -160, 160), short, following))
    assert np.abs(np.diff(whole)).max() < 2 * np.abs(np.diff(following)).max()


def test_what_is_shorter_than_a_frame_is_not_hurried() -> None:
    """10 ms hold no period of a deep voice."""
    sound = np.arange(80, dtype=np.int32)
    assert (shortened(sound) == sound).all()
