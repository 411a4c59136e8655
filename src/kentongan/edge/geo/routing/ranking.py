"""What the router answers: who drives how long, who cannot be reckoned by road, and from where.

Every answer names how it was worked out (`source`, `kernel`) and whose roads it used (`label`), so
that a screen never shows a figure without its origin. Plain values; nothing is worked out here.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.core.travel_times import WALK_M_S
from kentongan.edge.geo.network.profiles import Profile

Kernel = Literal["numba", "scipy"]

FAR_SNAP_M: Final = 200.0
"""A unit farther than this from every road is reckoned from the nearest, but marked, and nothing is
promised of it. The way to that road is in every drive."""


class Mark(StrEnum):
    """What one should know about a line of the answer."""

    SAME_EDGE = "same_edge"  # on the incident's own piece of road
    BESIDE = "beside"  # nearer to the incident than any road: it goes straight there
    FAR_SNAP = "far_snap"  # more than 200 m from the road it is reckoned from
    ON_CLOSED = "on_closed"  # stands where all ways on are closed
    OFF_NETWORK = "off_network"  # more than 2,000 m from every road
    NOT_REACHED = "not_reached"  # no open way within the limit
    PLACE_OFF_NETWORK = "place_off_network"  # the incident is more than 2,000 m from every road


class Drive(Struct, frozen=True, kw_only=True):
    """A unit that gets there by road. Seconds and metres are of driving, the way from where it
    stands to the road among it; `seconds_low`…`seconds_high` is P10 to P90. `walk_m` is the way
    on foot from the last road that its profile drives."""

    unit: str
    profile: Profile
    seconds: float
    seconds_low: float
    seconds_high: float
    distance_m: float
    walk_m: float
    marks: tuple[Mark, ...] = ()

    @property
    def walk_s(self) -> float:
        """Seconds on foot at the end."""
        return self.walk_m / WALK_M_S

    @property
    def there_s(self) -> float:
        """Seconds until it is there: the drive, and the way on foot at its end."""
        return self.seconds + self.walk_s


class OffRoad(Struct, frozen=True, kw_only=True):
    """A unit that the roads do not answer for: never dropped, reckoned along a straight line."""

    unit: str
    profile: Profile
    mark: Mark
    seconds: float
    seconds_low: float
    seconds_high: float
    distance_m: float


class Ranking(Struct, frozen=True, kw_only=True):
    """The nearest units, who is there soonest (the way on foot counts) first, and those off the
    road. `source` is for `core.recommend.Travel`."""

    found: tuple[Drive, ...]
    off_road: tuple[OffRoad, ...]
    kernel: Kernel
    source: str
    network_label: str
    network_version: str


class Arrivals(Struct, frozen=True, kw_only=True, eq=False):
    """All units at once: seconds by road, NaN for whom the roads do not answer (`off_road`).

    `low` and `high` are the factors of P10 and P90 by profile.
    """

    units: tuple[str, ...]
    profiles: tuple[Profile, ...]
    seconds: NDArray[np.float64]
    off_road: tuple[OffRoad, ...]
    spread: Mapping[Profile, tuple[float, float]]
    kernel: Kernel
    source: str
    network_label: str


class Way(Struct, frozen=True, kw_only=True):
    """A way to draw: positions (lat, lon) from the unit to the place, seconds and metres."""

    points: tuple[tuple[float, float], ...]
    seconds: float
    distance_m: float
    walk_m: float
