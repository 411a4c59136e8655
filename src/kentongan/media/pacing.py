"""One call's moment in the tick: when to look at its parties' rhythm, and what is known of it."""

import time
from collections.abc import Iterable
from typing import Final

from kentongan.media.g711 import FRAME_SAMPLES
from kentongan.media.legs import Leg
from kentongan.media.phase import Rhythm, is_speaking, steps_to_move, wait_of

REST_S: Final = 30.0  # between two moves of a call: quartzes drift by a step in a minute or more
CALM_BEHIND_S: Final = 0.005  # a step begun later than that is no moment to measure by


class Pacing:
    """Says when a bridge should be mixed sooner or later than it is."""

    def __init__(self) -> None:
        self._rests_until = 0.0  # monotonic

    def begin(self) -> None:
        """Somebody joined or left: look anew."""
        self._rests_until = 0.0

    def steps_to_move(self, legs: Iterable[Leg], now: float, behind_s: float) -> int:
        """By how many steps, right after a mix that began at `now`, `behind_s` after its time."""
        if now < self._rests_until or behind_s > CALM_BEHIND_S:
            return 0
        mixed_at_s = time.time() - (time.monotonic() - now) - behind_s  # as arrivals are stamped
        rhythms: list[Rhythm] = []
        for leg in legs:
            if is_speaking(leg.arrivals_s, mixed_at_s):
                wait_s = wait_of(leg.arrivals_s, mixed_at_s)
                if wait_s is None:
                    return 0
                in_hand = leg.inbound.buffer.least_in_hand >= FRAME_SAMPLES
                rhythms.append(Rhythm(wait_s, in_hand, leg.mode.is_heard))
        steps = steps_to_move(rhythms)
        if steps:
            self._rests_until = now + REST_S
        return steps
