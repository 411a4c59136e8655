"""The filters between 8 kHz and its multiples: flat where the voice is, silent elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_ears import decibels, level_at

from kentongan.media.resample import DELAY_S, PASS_HZ, STOP_HZ, Downsampler, Upsampler, lowpass

FACTORS = (2, 3, 6)
AMPLITUDE = 10_000.0
RMS = AMPLITUDE / np.sqrt(2)


def sine(hz: float, rate: int, seconds: float = 0.5) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """A sine at a rate."""
    places = np.arange(int(rate * seconds))
    return np.rint(AMPLITUDE * np.sin(2 * np.pi * hz * places / rate)).astype(np.int32)


@pytest.mark.parametrize("factor", FACTORS)
def test_the_filter_is_what_it_promises(factor: int) -> None:
    """Within 0.05 dB to 3.4 kHz, at least 60 dB down from 4.1 kHz on, symmetric, under 3 ms."""
    taps = lowpass(factor)
    response = np.abs(np.fft.rfft(taps, 1 << 16))
    hz = np.fft.rfftfreq(1 << 16, 1 / (8000 * factor))
    assert np.abs(20 * np.log10(response[hz <= PASS_HZ])).max() < 0.05
    assert 20 * np.log10(response[hz >= STOP_HZ].max()) < -60
    middle = int(DELAY_S * 8000 * factor)
    np.testing.assert_allclose(taps[: 2 * middle + 1], taps[: 2 * middle + 1][::-1], atol=1e-12)
    assert middle / (8000 * factor) <= 0.003


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("hz", [300, 1000, 3300])
def test_a_tone_goes_up_and_down_unchanged(factor: int, hz: int) -> None:
    """Within 0.1 dB each way, and going up leaves no image above 4.1 kHz."""
    rate = 8000 * factor
    up = Upsampler(factor).convert(sine(hz, 8000))
    assert abs(decibels(level_at(up[1000:], hz, rate), RMS)) < 0.1
    assert decibels(level_at(up[1000:], 8000 - hz, rate), RMS) < -60
    down = Downsampler(factor).convert(up)
    assert abs(decibels(level_at(down[1000:], hz), RMS)) < 0.1


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("hz", [4200, 5000, 7000])
def test_what_is_too_high_does_not_fold_back(factor: int, hz: int) -> None:
    """A tone above the band leaves less than a thousandth of itself anywhere in it."""
    down = Downsampler(factor).convert(sine(hz, 8000 * factor))[500:]
    assert decibels(float(np.sqrt(np.mean(down.astype(float) ** 2))), RMS) < -60


@given(st.lists(st.integers(1, 60), min_size=1, max_size=20), st.sampled_from(FACTORS))
def test_pieces_join_without_a_step(lengths: list[int], factor: int) -> None:
    """Cut anywhere, the result is the same as in one go, up and down."""
    random = np.random.default_rng(sum(lengths))
    sound = random.integers(-20_000, 20_000, sum(lengths), np.int32)
    cuts = np.cumsum(lengths)[:-1]
    whole = Upsampler(factor).convert(sound)
    pieces = Upsampler(factor)
    assert (np.concatenate([pieces.convert(x) for x in np.split(sound, cuts)]) == whole).all()
    back = Downsampler(factor)
    parts = [back.convert(x) for x in np.split(whole, cuts * factor)]
    assert (np.concatenate(parts) == Downsampler(factor).convert(whole)).all()


def test_the_loudest_sound_does_not_wrap() -> None:
    """A square wave at full scale overshoots in any filter; it is held at 16 bits."""
    square = np.where(np.arange(4000) // 20 % 2, 32767, -32768).astype(np.int32)
    up = Upsampler(2).convert(square)
    assert up.max() == 32767
    assert up.min() == -32768
    ups, downs = np.repeat(square, 2)[200:], up[200 + 46 :]
    assert np.mean(np.sign(ups[: len(downs)]) == np.sign(downs[: len(ups)])) > 0.9
