"""A stamp: when a clock was reached, how that is known, and how exactly.

Where a moment comes from decides what it can carry. What the centre itself saw happen (a call
rang, a desk answered, an alert was delivered) is *automatic*: nobody can be late in pressing it. A
step of a crew is a tap: by *hand*, or confirmed by the *geofence* when the position sent with the
tap lies at the place. Records of another centre are an *import*, with that centre's precision.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kentongan.measure.clocks import Clock


class Source(StrEnum):
    """How a moment came to be known; in the order of trust."""

    AUTOMATIC = "automatic"
    GEOFENCE = "geofence"
    HAND = "hand"
    IMPORT = "import"


TRUST: Final = {source: rank for rank, source in enumerate(Source)}
"""Rank of a source, 0 the most trusted."""


class Stamp(Struct, frozen=True):
    """One moment (UTC). `precision_s` is the grid it was rounded to, seconds, 0 for none.

    `is_late` when it was certainly written after the fact: tapped far from the place it tells of,
    or by a correction.
    """

    at: datetime
    source: Source = Source.AUTOMATIC
    precision_s: float = 0.0
    is_late: bool = False


Stamps = dict[Clock, Stamp]


def keep_earliest(stamps: Stamps, clock: Clock, stamp: Stamp | None) -> None:
    """Take the stamp unless an earlier one is known."""
    if stamp is not None and (clock not in stamps or stamp.at < stamps[clock].at):
        stamps[clock] = stamp


def weaker(one: Source, other: Source) -> Source:
    """The less trusted of two sources: what an interval between them is worth."""
    return max(one, other, key=TRUST.__getitem__)
