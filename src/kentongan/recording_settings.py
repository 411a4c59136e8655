"""The `[recordings]` part of the settings: how long sound is kept, and when a disk is too full.

Values and their checks. How long a recording must be kept is law and contract, so the figures here
are the centre's to set; what a court asked for is held by a command, not by a setting.
"""

from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct

KEEP_DAYS_MAX = 36_500
"""A hundred years: for ever, without a special word for it."""

SHORT = frozenset({"prank", "ghost", "wrong_number", "test"})
"""Dispositions of calls in which nothing happened to anybody."""

HOURS_MAX = 24
PERCENT_MAX = 100


class RecordingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Retention and the disk's limits.

    `keep_days_short` is for calls that ended as prank, ghost, wrong number or test, once somebody
    has said so; `keep_days_training` for training calls. Days count from the end of the segment.
    Below `nearly_full_percent` of free space everybody is warned and what has expired is erased at
    once; below `full_percent` the alarm is loud. At `erase_hour` local time the rest goes.
    """

    keep_days: int = 180
    keep_days_short: int = 90
    keep_days_training: int = 30
    nearly_full_percent: float = 15.0
    full_percent: float = 3.0
    erase_hour: int = 2

    def kept_for(self, disposition: str | None, *, training: bool) -> timedelta:
        """How long a segment of such a call is kept."""
        if training:
            return timedelta(days=self.keep_days_training)
        days = self.keep_days_short if disposition in SHORT else self.keep_days
        return timedelta(days=days)

    @property
    def kept_at_least(self) -> timedelta:
        """What is younger is kept, whatever kind of call it was."""
        shortest = min(self.keep_days, self.keep_days_short, self.keep_days_training)
        return timedelta(days=shortest)

    def disk_state(self, free_percent: float) -> str:
        """`well`, `nearly_full` or `full`."""
        if free_percent < self.full_percent:
            return "full"
        return "nearly_full" if free_percent < self.nearly_full_percent else "well"


def problems_of(settings: RecordingSettings) -> Iterator[str]:
    """What cannot be, one sentence each."""
    for name in ("keep_days", "keep_days_short", "keep_days_training"):
        if not 1 <= getattr(settings, name) <= KEEP_DAYS_MAX:
            yield f"recordings.{name} must be 1 to {KEEP_DAYS_MAX}"
    for name in ("full_percent", "nearly_full_percent"):
        if not 0 < getattr(settings, name) <= PERCENT_MAX:
            yield f"recordings.{name} must be above 0, and {PERCENT_MAX} at most: free space"
    if settings.full_percent > settings.nearly_full_percent:
        yield "recordings.full_percent must not be above nearly_full_percent: a disk fills up"
    if not 0 <= settings.erase_hour < HOURS_MAX:
        yield "recordings.erase_hour must be 0 to 23"
