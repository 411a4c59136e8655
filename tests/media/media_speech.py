"""Knocks and keys, and what must not be taken for them: a talker, noise, a bad line."""

from typing import Final

import numpy as np
from media_ears import Sound

from kentongan.media.digits import COLUMNS_HZ, KEYPAD, ROWS_HZ
from kentongan.media.g711 import SAMPLE_RATE_HZ, Codec, Samples, decode, encode

FRAME: Final = 160


def talker(seconds: float, seed: int, *, level: float = 4000.0) -> Sound:
    """Syllables of gliding pitch, three formants each, hisses between them, breaths and pauses."""
    random = np.random.default_rng(seed)
    pitch = random.uniform(90, 280)
    parts: list[Sound] = []
    count = 0
    while count < seconds * SAMPLE_RATE_HZ:
        part = _syllable(random, pitch) if random.random() < 0.75 else _hiss(random)
        if random.random() < 0.12:
            part = np.concatenate((part, np.zeros(int(random.uniform(0.05, 0.5) * 8000))))
        parts.append(part)
        count += len(part)
    sound = np.concatenate(parts)[: int(seconds * SAMPLE_RATE_HZ)]
    return sound * (level / np.sqrt(np.mean(sound**2)))


def noise(seconds: float, seed: int, rms: float) -> Sound:
    """Even noise."""
    return rms * np.random.default_rng(seed).standard_normal(int(seconds * SAMPLE_RATE_HZ))


def knock(level: float, seed: int = 0, *, ring_s: float = 0.008) -> Sound:
    """A fingernail on a telephone: 60 ms of ringing that begins at its loudest."""
    random = np.random.default_rng(seed)
    places = np.arange(480) / SAMPLE_RATE_HZ
    ringing = sum(
        np.sin(2 * np.pi * hz * places + random.uniform(0, 6))
        for hz in random.uniform(300, 2500, 5)
    )
    return level / 2 * ringing * np.exp(-places / ring_s)


def pressed(
    key: str, ms: float, *, tuned: float = 1.0, row: float = 5200, column: float = 6500
) -> Sound:
    """A key by another telephone."""
    high, low = divmod(KEYPAD.index(key), 4)
    turns = 2 * np.pi * np.arange(int(ms * 8)) / 8000
    return row * np.sin(ROWS_HZ[high] * tuned * turns) + column * np.sin(
        COLUMNS_HZ[low] * tuned * turns
    )


def placed(seconds: float, sounds: dict[float, Sound], under: Sound | None = None) -> Sound:
    """Sounds at their times in seconds, over another one."""
    total = np.zeros(int(seconds * SAMPLE_RATE_HZ)) if under is None else under.copy()
    for begin, sound in sounds.items():
        place = int(begin * SAMPLE_RATE_HZ)
        total[place : place + len(sound)] += sound
    return total


def frames(sound: Sound, codec: Codec = Codec.PCMA) -> list[Samples]:
    """What a telephone makes of a sound, in frames of 20 ms."""
    whole = np.clip(np.rint(sound[: len(sound) // FRAME * FRAME]), -32768, 32767).astype(np.int32)
    return [decode(codec, encode(codec, each)) for each in whole.reshape(-1, FRAME)]


def _syllable(random: np.random.Generator, pitch: float) -> Sound:
    count = int(random.uniform(0.07, 0.32) * SAMPLE_RATE_HZ)
    begin, end = random.uniform(0.8, 1.25, 2)
    glide = np.linspace(float(begin), float(end), count) * pitch
    phase = np.cumsum(glide) / SAMPLE_RATE_HZ
    pulses = np.diff(np.floor(phase), prepend=0.0)
    formants = ((300, 900), (800, 2300), (2300, 3200))
    hz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ)
    response = np.zeros(len(hz), complex)
    for low, high in formants:
        centre, width = random.uniform(low, high), random.uniform(40, 120)
        response += 1 / (1 + 1j * (hz - centre) / width) * (500 / centre) ** random.uniform(0, 1)
    sound = np.fft.irfft(np.fft.rfft(pulses) * response, count)
    return sound / (np.abs(sound).max() + 1e-9) * _edges(count, 0.015)


def _hiss(random: np.random.Generator) -> Sound:
    count = int(random.uniform(0.04, 0.15) * SAMPLE_RATE_HZ)
    return 0.25 * random.standard_normal(count) * _edges(count, 0.01)


def _edges(count: int, seconds: float) -> Sound:
    rise = np.minimum(1, np.arange(count) / (seconds * SAMPLE_RATE_HZ))
    return np.asarray(rise * rise[::-1], np.float64)
