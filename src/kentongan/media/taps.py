"""Knocks on the telephone: the answer of a caller who cannot speak ("ketuk dua kali").

A tap is sound that rises out of a quiet line within 5 ms and is gone within 80; a series is two or
more of them within two seconds, with quiet before and after. Speech, music, breath and wind are
longer than a tap or never quiet, and end the series. It reports sounds, not meaning: what two taps
say is up to whoever asked.
"""

from typing import Final

import numpy as np

from kentongan.media.g711 import FRAME_SAMPLES, Samples

STEP_SAMPLES: Final = 40  # 5 ms
FRAME_STEPS: Final = FRAME_SAMPLES // STEP_SAMPLES
ATTACK_STEPS_MAX: Final = 3  # 15 ms: a knock is loudest at once, a syllable is not
TAP_STEPS_MAX: Final = 16  # 80 ms: the knock and its echo in the room
TAP_STEPS_MIN: Final = 2  # 10 ms with its ringing; less is a crackle
SETTLED_STEPS: Final = 4  # 20 ms below all limits end a sound
APART_STEPS_MIN: Final = 16  # 80 ms between the beginnings of two taps; faster is rattling
SERIES_STEPS_MAX: Final = 400  # 2 s from the first tap to the last
BEFORE_STEPS: Final = 60  # 300 ms of quiet before the first tap
AFTER_STEPS: Final = 140  # 700 ms of quiet after two taps: no third one follows
TAPS_MIN: Final = 2
TAPS_MAX: Final = 6  # more is drumming, a machine, or a bad line
LOUDER: Final = 6.0  # a tap over the line's noise, in amplitude: 15 dB
LOUDEST_MIN: Final = 400.0  # amplitude below which nothing is a tap, however quiet the line
ECHO: Final = 0.25  # of the sound before, while it dies away: what is softer is its echo
DYING: Final = 0.93  # per step: 20 dB in 160 ms
NOISE_MIN: Final = 20.0  # A-law's own steps
NOISE_RISE: Final = 1.02  # per step: 20 dB in 0.6 s, so that a louder room is learnt
NOISE_FALL: Final = 0.2  # the share of the way down at each quieter step
_NOTHING: Final = (0.0,) * FRAME_STEPS


class TapDetector:
    """One leg's ear for taps."""

    __slots__ = (
        "_begun", "_body", "_dying", "_first", "_is_tap", "_loud_at", "_loudest", "_noise", "_now",
        "_quiet_since", "_taps",
    )  # fmt: skip

    def __init__(self) -> None:
        self._now = 0
        self._noise = NOISE_MIN
        self._dying = 0.0  # how loud the last sound may still be
        self._begun: int | None = None  # of the sound that is being heard
        self._loud_at = 0
        self._loudest = 0.0
        self._body = 0  # steps in which it was above the line's noise
        self._is_tap = False
        self._quiet_since = -BEFORE_STEPS  # a leg begins quiet
        self._first = 0
        self._taps = 0

    def hear(self, frame: Samples | None) -> int:
        """How many taps the series had that has just ended; 0 while there is none."""
        levels = _NOTHING
        if frame is not None:
            parts = np.abs(frame).reshape(FRAME_STEPS, STEP_SAMPLES)
            levels = tuple(float(each) for each in parts.max(axis=1))
        return max([self._step(level) for level in levels])

    def _step(self, level: float) -> int:
        self._now += 1
        above_noise = max(LOUDEST_MIN, LOUDER * self._noise)
        least = max(above_noise, ECHO * self._dying)
        self._dying = max(level, self._dying * DYING)
        if self._begun is None or not self._is_tap:
            self._follow_noise(level)
        if self._begun is None:
            if level > least:
                self._begin(level)
            return 0 if level > least else self._quiet()
        self._body += level > above_noise
        if level > least:
            self._go_on(self._begun, level)
        elif self._now - self._loud_at >= SETTLED_STEPS:
            self._end(self._begun)
        return 0

    def _begin(self, level: float) -> None:
        quiet = self._now - self._quiet_since
        if not self._taps:
            self._first = self._now
            self._is_tap = quiet >= BEFORE_STEPS
        else:
            self._is_tap = quiet >= APART_STEPS_MIN - SETTLED_STEPS
        self._begun = self._loud_at = self._now
        self._loudest = level
        self._body = 1

    def _go_on(self, begun: int, level: float) -> None:
        self._loud_at = self._now
        if level > self._loudest:
            self._loudest = level
            if self._now - begun >= ATTACK_STEPS_MAX:
                self._is_tap = False
        if self._now - begun >= TAP_STEPS_MAX:
            self._is_tap = False

    def _end(self, begun: int) -> None:
        if self._body >= TAP_STEPS_MIN:  # a crackle of the line is nothing at all
            self._taps = self._taps + 1 if self._is_tap else 0
        if self._taps > TAPS_MAX or begun - self._first > SERIES_STEPS_MAX:
            self._taps = 0
        self._begun = None
        self._quiet_since = self._loud_at

    def _quiet(self) -> int:
        """A step without sound: is the series over?"""
        if self._taps >= TAPS_MIN and self._now - self._quiet_since >= AFTER_STEPS:
            taps, self._taps = self._taps, 0
            return taps
        if self._taps < TAPS_MIN and self._now - self._first > SERIES_STEPS_MAX:
            self._taps = 0
        return 0

    def _follow_noise(self, level: float) -> None:
        if level < self._noise:
            self._noise += NOISE_FALL * (level - self._noise)
        else:
            self._noise = min(level, self._noise * NOISE_RISE)
        self._noise = max(self._noise, NOISE_MIN)
