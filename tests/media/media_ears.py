"""The ears of the tests: tones, and what a spectrum says of a sound. Knows no network."""

from typing import Final

import numpy as np
import numpy.typing as npt

from kentongan.media.g711 import SAMPLE_RATE_HZ

Sound = npt.NDArray[np.float64]
LOUDNESS: Final = 8000.0  # amplitude of test tones; its rms is 5657


def tone(hz: float, start: int, count: int, amplitude: float = LOUDNESS) -> Sound:
    """Samples of a sine that goes on without a step whatever `start` is."""
    return amplitude * np.sin(2 * np.pi * hz * np.arange(start, start + count) / SAMPLE_RATE_HZ)


def peak(sound: npt.ArrayLike, rate_hz: int = SAMPLE_RATE_HZ) -> tuple[float, float]:
    """The strongest frequency above 100 Hz, and its share of all energy (±20 Hz)."""
    power, hz = _spectrum(np.asarray(sound, float), rate_hz)
    strongest = float(hz[int(np.argmax(power))])
    near = np.abs(hz - strongest) < 20
    return strongest, float(power[near].sum() / max(power.sum(), 1e-9))


def level_at(
    sound: npt.ArrayLike, hz: float, rate_hz: int = SAMPLE_RATE_HZ, *, width_hz: float = 15
) -> float:
    """The rms amplitude within `width_hz` of a frequency; a narrow one keeps A-law's noise out."""
    samples = np.asarray(sound, float)
    power, places = _spectrum(samples, rate_hz)
    near = np.abs(places - hz) < width_hz
    window = np.hanning(len(samples))
    return float(np.sqrt(2 * power[near].sum() / (len(samples) * (window**2).sum())))


def heard_at(sound: npt.ArrayLike, hz: float, rate_hz: int = SAMPLE_RATE_HZ) -> float:
    """The rms amplitude of a tone that is there for at least three quarters of the time.

    The lower quartile over pieces of 100 ms: one frame that came late to a busy machine spoils one
    piece. For what must not be heard `level_at` looks at the whole.
    """
    samples = np.asarray(sound, float)
    size = rate_hz // 10
    assert len(samples) >= 2 * size, f"only {len(samples)} samples were heard"
    pieces = [samples[at : at + size] for at in range(0, len(samples) - size + 1, size // 2)]
    return float(np.quantile([level_at(one, hz, rate_hz, width_hz=25) for one in pieces], 0.25))


def decibels(amplitude: float, reference: float) -> float:
    """How much louder one rms amplitude is than another."""
    return float(20 * np.log10(max(amplitude, 1e-6) / reference))


def _spectrum(samples: Sound, rate_hz: int) -> tuple[Sound, Sound]:
    assert len(samples) >= 800, f"only {len(samples)} samples were heard"
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hz = np.asarray(np.fft.rfftfreq(len(samples), 1 / rate_hz), np.float64)
    power[hz < 100] = 0
    return np.asarray(power, np.float64), hz
