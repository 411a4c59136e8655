"""Keys heard as tones in the voice, each told once, whatever else the peer sends for it.

A peer that agreed to telephone events may still send tones (an exchange with analogue telephones
behind it), or both for one press: a gateway that makes events out of tones lets some of the tone
through, before the first event or until the key is released. So where events were agreed a tone
waits until the key has been up for `WAIT_FRAMES`; an event that comes meanwhile is the same press.
A stream that has brought an event tells no tones: its peer can send events, and then does. Pure.
"""

from typing import Final

from kentongan.media.g711 import Samples
from kentongan.media.tones import ToneDetector

WAIT_FRAMES: Final = 25
"""Half a second: the voice's jitter, and what a gateway takes to find a tone and tell of it."""

WAIT_FRAMES_MAX: Final = 100
"""2 s: a key that is held down is told while it is down, and a whistling line delays none."""

WAITING_MAX: Final = 16
"""Heard between two looks; no thumb is faster."""


class VoiceKeys:
    """One leg's keys as tones. Every frame counts 20 ms."""

    __slots__ = ("_ear", "_has_events", "_now", "_quiet_until", "_told", "_waiting", "_waits_until")

    def __init__(self) -> None:
        self._now = 0
        self._ear: ToneDetector | None = None
        self._has_events = False
        self._quiet_until = 0  # an event is so near that tones are its own
        self._waiting: list[str] = []
        self._waits_until = 0
        self._told: list[str] = []

    def listen(self, *, is_on: bool) -> None:
        """Look for tones from now on, or no longer; costs 40 microseconds a frame."""
        self._ear = (self._ear or ToneDetector()) if is_on else None

    def restart(self) -> None:
        """Another stream begins: it may be of somebody who cannot send events, but a key that was
        told of just now by an event is not pressed again by its tone.
        """
        self._has_events = False

    def event(self) -> None:
        """A telephone event came that is a key, whichever."""
        self._has_events = True
        self._quiet_until = self._now + WAIT_FRAMES
        self._waiting = []

    def hear(self, frame: Samples | None, *, waits: bool) -> None:
        """The next 20 ms; `waits` where events were agreed."""
        self._now += 1
        if self._ear is None:
            return
        key = self._ear.hear(frame)
        if self._has_events or self._now <= self._quiet_until:
            return
        if key and len(self._told) + len(self._waiting) < WAITING_MAX:
            if not self._waiting:
                self._waits_until = self._now + WAIT_FRAMES_MAX
            self._waiting.append(key)
        if self._waiting and not (waits and self._is_early(self._ear)):
            self._told += self._waiting
            self._waiting = []

    def take(self) -> list[str]:
        """The keys since the last call, in their order."""
        told, self._told = self._told, []
        return told

    def _is_early(self, ear: ToneDetector) -> bool:
        """Whether an event may still come for what waits."""
        return ear.frames_up < WAIT_FRAMES and self._now < self._waits_until
