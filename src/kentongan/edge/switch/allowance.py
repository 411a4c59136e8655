"""How often something may be done: so many at once, and so many a second after that.

A value of its own state and no clock; whoever asks says what time it is.
"""


class Allowance:
    """`burst` at once, then `per_s` a second on the average."""

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._asked_at = 0.0

    def take(self, now: float) -> bool:
        """Whether one more may be done; `now` in seconds on a clock that never goes back."""
        gained = max(0.0, now - self._asked_at) * self._per_s
        self._left, self._asked_at = min(self._burst, self._left + gained), now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
