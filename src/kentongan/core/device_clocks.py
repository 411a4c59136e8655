"""How far a device's clock is ahead of ours: what its messages tell, one after another. Pure.

A message was sent before it came, never after: of all that a device said, the one that is furthest
ahead of its arrival had the least delay and tells the clock best. Others of the same clock are that
much older, however fresh they look: what a tracker kept in a place without reception and sends one
by one afterwards is old, not new.

Until several messages agree, nobody knows how old they are. They bear a clock out only when they
come at the pace at which they were measured: a store of kept messages comes faster.
"""

from datetime import UTC, datetime
from typing import Final

CLOCK_AHEAD_S: Final = 60.0
"""A device further ahead of the server, seconds, has a wrong clock; its fixes are shifted."""

AGREEING: Final = 3
"""So many messages must agree; fewer are a slip."""

AGREE_S: Final = 10.0
"""Messages of one clock differ by their delays, seconds: what a mobile network does on the way."""

PACE_MIN: Final = 0.5
"""Messages of the present come in at least this share of the time in which they were measured."""

PASSED_MIN_S: Final = 1.0
"""And not all at once, seconds."""

RIGHT_S: Final = 60.0
"""A clock known to be ahead was put right when its messages say so for this long, seconds."""

CHANGED_S: Final = 3_600.0
"""The same for any other change backwards, which kept messages look like."""

KEPT_MAX_S: Final = 30 * 86_400.0
"""No device keeps messages for longer: further behind, its clock was changed, seconds."""


class DeviceClock:
    """One device's clock. `ahead_s` is 0 for one that is right, or that nobody knows yet."""

    __slots__ = ("_count", "_first_at", "_first_s", "_last_s", "ahead_s")

    def __init__(self, ahead_s: float = 0.0) -> None:
        self.ahead_s = ahead_s
        self._count = 0  # messages in a row that agree with each other and not with `ahead_s`
        self._first_s = 0.0  # by how much the first of them was ahead
        self._first_at = datetime.min.replace(tzinfo=UTC)  # when it came
        self._last_s = 0.0  # so much later than the first the last of them was measured

    def ahead_after(self, newest_s: float, received_at: datetime) -> float | None:
        """By how much the clock is ahead, seconds, now that the newest measurement of a message
        lies `newest_s` ahead of its arrival; None while nobody knows how old that is."""
        if self.ahead_s - newest_s > KEPT_MAX_S:
            self.ahead_s = 0.0
        above_s = newest_s - self.ahead_s
        if self._is_of_it(above_s):
            self._count = 0
            if self.ahead_s:
                self.ahead_s = max(self.ahead_s, newest_s)
        elif self._is_borne_out(newest_s, received_at, above_s):
            self._count = 0
            self.ahead_s = newest_s if newest_s > CLOCK_AHEAD_S else 0.0
        return None if newest_s - self.ahead_s > CLOCK_AHEAD_S else self.ahead_s

    def _is_of_it(self, above_s: float) -> bool:
        """Whether it is what the clock as it is known says; a right clock's may be of any age."""
        return above_s <= CLOCK_AHEAD_S and (not self.ahead_s or above_s >= -AGREE_S)

    def _is_borne_out(self, newest_s: float, received_at: datetime, above_s: float) -> bool:
        """Whether enough messages of the present, this one the last, say the same new thing."""
        if not self._count or abs(newest_s - self._first_s) > AGREE_S:
            return self._begin(newest_s, received_at)
        passed_s = (received_at - self._first_at).total_seconds()
        measured_s = passed_s + newest_s - self._first_s
        if measured_s <= self._last_s:  # the same once more bears nothing out
            return False
        if passed_s < PACE_MIN * measured_s:
            return self._begin(newest_s, received_at)
        self._count += 1
        self._last_s = measured_s
        if self._count < AGREEING or passed_s < PASSED_MIN_S:
            return False
        if above_s > 0:
            return True
        return passed_s >= (RIGHT_S if newest_s <= CLOCK_AHEAD_S else CHANGED_S)

    def _begin(self, newest_s: float, received_at: datetime) -> bool:
        """This message is the first of those that may agree: it bears nothing out."""
        self._count, self._first_s, self._first_at, self._last_s = 1, newest_s, received_at, 0.0
        return False
