"""Lines: how many calls the media processes carry at once, and for whom there is one more.

A telephone's call takes a line from the first ring. A citizen's page that sounds takes one of the
share that pages have; one that only types takes none until somebody of ours is in its call. So
pages, which anybody can open in any number, never keep a telephone out. While numbers are known
that are likely to ring again about something grave, the last lines are kept for those (`kept`).
Values only, no clock.
"""

from collections.abc import Iterable
from typing import Final

from kentongan.edge.switch.record import SpooledCall
from kentongan.media.settings import BRIDGES_MAX

PAGES_SHARE: Final = 4
"""One line in so many may sound from a page: 15 of one media process's 60."""

TYPED_SHARE: Final = 20
"""One line in so many is kept for calls that only type, so that a desk can take one up when all
other lines are taken: 3 of 60, and none while nobody types."""

KEPT_SHARE: Final = 10
"""One line in so many is kept for callers who are waited for: 6 of 60, and no more of them than
there are such numbers; none while nothing grave is open."""


DUTY_SHARE: Final = 20
"""One line in so many may ring somebody on duty about a task: 3 of 60."""

LEFT_SHARE: Final = 4
"""One line in so many must be free beside such a call: 15 of 60. Who needs help rings these, and
a centre that is short of lines tells its people by the other ways."""


class Lines:
    """The lines of one switch. A media process counts `BRIDGES_MAX` until it has said its own."""

    def __init__(self, limit: int, shards: int) -> None:
        """`limit` of the settings, 0 for none; `shards` is the number of media processes."""
        self._limit = limit
        self._bridges = [BRIDGES_MAX] * shards

    def learn(self, shard: int, bridges_max: int) -> None:
        """A media process says how many calls it carries; 0 says nothing."""
        if bridges_max > 0:
            self._bridges[shard] = bridges_max

    def of_shard(self, shard: int) -> int:
        """How many calls that media process carries."""
        return self._bridges[shard]

    @property
    def total(self) -> int:
        """How many calls there may be at once."""
        carried = sum(self._bridges)
        return min(carried, self._limit) if self._limit else carried

    @property
    def for_pages(self) -> int:
        """How many of them may sound from a page."""
        return self.total // PAGES_SHARE

    @property
    def for_duty(self) -> int:
        """How many of them may ring somebody on duty."""
        return max(1, self.total // DUTY_SHARE)

    @property
    def left_by_duty(self) -> int:
        """How many must be free beside such a call."""
        return max(1, self.total // LEFT_SHARE)

    def kept(self, awaited: int) -> int:
        """How many lines are kept for callers who are waited for, so many numbers of them."""
        return min(awaited, self.total // KEPT_SHARE)

    def has_room(self, calls: Iterable[SpooledCall], kept: int = 0) -> bool:
        """Whether a call finds a line beside these, all that are not over, and leaves `kept`."""
        taken = typed = 0
        for call in calls:
            taken += call.has_line
            typed += not call.has_line
        return taken + min(typed, self.total // TYPED_SHARE) + kept < self.total

    def has_room_for_page(self, calls: Iterable[SpooledCall], kept: int = 0) -> bool:
        """Whether a page that sounds finds one, and leaves `kept`."""
        found = tuple(calls)
        pages = sum(1 for call in found if call.page is not None and call.has_line)
        return pages < self.for_pages and self.has_room(found, kept)
