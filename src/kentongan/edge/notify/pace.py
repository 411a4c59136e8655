"""When a gateway may be given the next letter: its rate, its rest after failures, the next try.

Pure: the time comes in. Chance does, too: the jitter of a try is made of the letter's id, so that
letters that failed together do not come back together, and a test knows when they do.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from msgspec import Struct

TRIES_MAX: Final = 6
"""Tries of one letter, all gateways of its way together."""

PAUSES_S: Final = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Pause after each failed try but the last, seconds, before the jitter of half to one and a half
times: 38 in all, as long as the next rung of the ladder takes to be climbed."""

FAILURES_MAX: Final = 4
"""Failures in a row of the gateway itself after which it rests."""

REST_S: Final = 15.0
"""The first rest, seconds; each one after a failed trial is twice as long."""

REST_MAX_S: Final = 240.0

BURST_S: Final = 5.0
"""Letters of so many seconds may go at once when there was nothing before."""


def pause_s(letter: str, tries: int) -> float:
    """How long to wait after that many failed tries of this letter."""
    ground_s = PAUSES_S[min(tries, len(PAUSES_S)) - 1]
    share = int.from_bytes(sha256(f"{letter}/{tries}".encode()).digest()[:4], "big") / 2**32
    return ground_s * (0.5 + share)


class Pace:
    """At most so many letters a minute."""

    def __init__(self, a_minute: float) -> None:
        self._a_second = a_minute / 60
        self._most = max(1.0, self._a_second * BURST_S)
        self._left = self._most
        self._at: datetime | None = None

    def wait_s(self, now: datetime) -> float:
        """How long until the next one may go, seconds; 0 when it may go now."""
        self._fill(now)
        return 0.0 if self._left >= 1.0 else (1.0 - self._left) / self._a_second

    def take(self, now: datetime) -> None:
        """One goes now."""
        self._fill(now)
        self._left -= 1.0

    def _fill(self, now: datetime) -> None:
        if self._at is not None:
            passed_s = max(0.0, (now - self._at).total_seconds())
            self._left = min(self._most, self._left + passed_s * self._a_second)
        self._at = now


class Breaker:
    """Rests a gateway that fails again and again, then tries it with one letter."""

    def __init__(self) -> None:
        self._failures = 0
        self._rest_s = REST_S
        self._until: datetime | None = None
        self._is_tried = False

    @property
    def is_resting(self) -> bool:
        """Whether it failed too often and has not taken a letter since."""
        return self._until is not None

    def wait_s(self, now: datetime) -> float:
        """How long until it may be given a letter, seconds."""
        if self._until is None:
            return 0.0
        if self._is_tried:
            return self._rest_s
        return max(0.0, (self._until - now).total_seconds())

    def begin(self) -> None:
        """It is given one; while it rests the others wait for what becomes of this one."""
        self._is_tried = self._until is not None

    def end(self, now: datetime, *, is_well: bool, pause_s: float | None = None) -> None:
        """What became of it; `pause_s` is what the gateway itself asked for."""
        was_trial, self._is_tried = self._is_tried, False
        if is_well:
            self._failures, self._rest_s, self._until = 0, REST_S, None
            return
        self._failures += 1
        if pause_s is not None:
            self._until = now + timedelta(seconds=min(max(pause_s, 0.0), REST_MAX_S))
        elif self._until is not None and not was_trial:
            return  # one of those that were on their way when the rest began
        elif self._until is not None:
            self._rest_s = min(2 * self._rest_s, REST_MAX_S)
            self._until = now + timedelta(seconds=self._rest_s)
        elif self._failures >= FAILURES_MAX:
            self._until = now + timedelta(seconds=self._rest_s)


class Counts(Struct):
    """What a gateway did since the process began."""

    sent: int = 0
    failed: int = 0
