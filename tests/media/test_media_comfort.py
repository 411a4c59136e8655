"""Noise where nobody speaks: ours, and the peer's as it describes it (RFC 3389)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_ears import decibels, level_at

from kentongan.media.comfort import (
    COLOUR_ORDER_MAX,
    LINE_NOISE_DB,
    LOUDEST_DB,
    QUIETEST_DB,
    LineNoise,
    PeerNoise,
    level_db,
)
from kentongan.media.g711 import Samples


def level(sound: Samples) -> float:
    """In dB below the loudest possible."""
    return decibels(float(np.sqrt(np.mean(sound.astype(float) ** 2))), 32768)


def described(payload: bytes, frames: int = 100) -> Samples:
    """Two seconds of a peer's noise."""
    noise = PeerNoise()
    noise.describe(payload)
    return np.concatenate([noise.take(160) for _ in range(frames)])


def test_the_line_is_never_quite_silent() -> None:
    """Each second has the level promised, each frame something, and no two lines the same."""
    one, two = LineNoise(1), LineNoise(2)
    frames = [one.frame() for _ in range(100)]
    assert abs(level(np.concatenate(frames)) - LINE_NOISE_DB) < 1
    assert all(np.abs(each).max() > 0 for each in frames)
    assert not (frames[0] == two.frame()).all()


@pytest.mark.parametrize("db", [35, 45, 55, 65])
def test_the_peers_level_is_kept(db: int) -> None:
    """The first byte is the level in dB below overload."""
    assert abs(level(described(bytes([db]))) + db) < 1


def test_what_is_not_believable_is_limited() -> None:
    """A peer that claims deafening noise gets what masks no speech, a quiet one nearly nothing."""
    assert level_db(bytes([0])) == LOUDEST_DB
    assert level_db(bytes([0x80 | 40])) == -40
    assert level(described(bytes([0]))) == pytest.approx(LOUDEST_DB, abs=1)
    assert level_db(bytes([127])) == QUIETEST_DB


def test_the_colour_is_kept() -> None:
    """One reflection coefficient of -0.9 makes the rumble of a room; +0.9 a hiss; 127 is white."""

    def tilt(first: int) -> float:
        sound = described(bytes([40, first]), 400)
        low, high = (level_at(sound, hz, width_hz=150) for hz in (300, 3500))
        return decibels(low, high)

    step = round(0.9 * 32768 / 258)
    assert tilt(127 - step) > 12
    assert tilt(127 + step) < -12
    assert abs(tilt(127)) < 3


def test_it_joins_its_own_beginning() -> None:
    """Over the seam of the loop no sample jumps further than elsewhere."""
    sound = described(bytes([40, 20, 200]), 120)
    steps = np.abs(np.diff(sound))
    assert steps[7990:8010].max() <= steps[:7900].max()


@given(st.binary(max_size=40))
def test_no_description_does_harm(payload: bytes) -> None:
    """Any bytes give noise within 16 bits and not above the loudest that is believed."""
    sound = described(payload, 3)
    assert len(sound) == 480
    assert np.abs(sound).max() <= 32768
    if len(payload) <= 1 + COLOUR_ORDER_MAX and payload:
        assert level(described(payload, 50)) <= LOUDEST_DB + 1


def test_before_any_description_it_is_silent() -> None:
    """Nobody described anything."""
    assert not PeerNoise().take(160).any()
