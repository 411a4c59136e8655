"""A closure: roads that are shut or slow for a while, where they lie and what they cost whom.

It is drawn as a point, line or polygon and matched to the edges of whatever network is in use, so
it survives the next import of the city; an OSM way id, when known, keeps it on that way. A flood
is told by its depth, and closes to each profile at its own; the area that it covers does not shut
the bridges over it. Pure: the time comes in.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from msgspec import Struct

from kentongan.edge.geo.network.profiles import Profile

FACTOR_MAX: Final = 100.0
"""Slower than this is closed in all but name."""

DEPTH_MAX_CM: Final = 1_000

FLOODS: Final = frozenset({"flood", "tidal_flood"})
"""Reasons of a closure, as the screens offer them, that are water."""


class ClosureBroken(Exception):  # noqa: N818 - named as what is the matter, like NetworkBroken
    """A closure that cannot be used; the text names the field and what is wrong with it."""


class Depths(Struct, frozen=True, kw_only=True):
    """From which depth of water a profile is slow, how much, and from where it stays out."""

    slow_cm: int
    slower: float
    closed_cm: int


FLOOD_DEPTHS: Final[Mapping[Profile, Depths]] = {
    Profile.AMBULANCE: Depths(slow_cm=20, slower=3.0, closed_cm=40),
    Profile.FIRE_ENGINE: Depths(slow_cm=25, slower=2.5, closed_cm=60),
    Profile.MOTORCYCLE: Depths(slow_cm=15, slower=3.0, closed_cm=30),
    Profile.POLICE_CAR: Depths(slow_cm=20, slower=3.0, closed_cm=40),
    Profile.PLAIN: Depths(slow_cm=15, slower=4.0, closed_cm=30),
}
"""Seeds to calibrate with the drivers. 30 cm float a small car and 60 cm carry most vehicles away
(US National Weather Service, "Turn Around Don't Drown"); a van's air intake lies near 50 cm."""


class Closure(Struct, frozen=True, kw_only=True):
    """Roads shut or slowed. In force from `from_at` (at once) until `until_at` (till lifted).

    `geometry` is GeoJSON: Point, LineString, Polygon or their Multi forms, lon before lat.
    `factors` multiply the driving time of a profile, 0 closes; without factors and depth all are
    shut out. `direction` is along the way as it was drawn.
    """

    id: str
    geometry: Mapping[str, Any]
    way: int | None = None
    factors: Mapping[Profile, float] = {}
    depth_cm: int | None = None
    direction: Literal["both", "forward", "backward"] = "both"
    from_at: datetime | None = None
    until_at: datetime | None = None
    reason: str = ""
    by: str = ""

    @property
    def has_times(self) -> bool:
        """Whether it begins or ends by itself."""
        return self.from_at is not None or self.until_at is not None

    @property
    def is_flood(self) -> bool:
        """Whether water is what shuts the roads: a depth is told, or it is the reason."""
        return self.depth_cm is not None or self.reason in FLOODS

    def in_force(self, now: datetime | None) -> bool:
        """Whether it holds at that time; without a clock, whether nothing says otherwise."""
        if now is None:
            return True
        has_begun = self.from_at is None or self.from_at <= now
        return has_begun and (self.until_at is None or now < self.until_at)


class Slowing(Struct, frozen=True, array_like=True):
    """What a direction of an edge costs over its usual time: 1 as usual, 0 closed."""

    forward: float = 1.0
    backward: float = 1.0

    def with_other(self, other: "Slowing") -> "Slowing":
        """Both at once: the worse of the two counts, they are not multiplied."""
        return Slowing(worse(self.forward, other.forward), worse(self.backward, other.backward))


AS_USUAL: Final = Slowing()


def worse(one: float, other: float) -> float:
    """The worse factor."""
    return 0.0 if one <= 0 or other <= 0 else max(one, other)


def slowing(
    closure: Closure, profile: Profile, depths: Mapping[Profile, Depths] = FLOOD_DEPTHS
) -> Slowing:
    """What a closure does to a profile."""
    factor = _factor(closure, profile, depths)
    return Slowing(
        1.0 if closure.direction == "backward" else factor,
        1.0 if closure.direction == "forward" else factor,
    )


def _factor(closure: Closure, profile: Profile, depths: Mapping[Profile, Depths]) -> float:
    if profile in closure.factors:
        return closure.factors[profile]
    if closure.depth_cm is not None:
        limits = depths[profile]
        if closure.depth_cm >= limits.closed_cm:
            return 0.0
        return limits.slower if closure.depth_cm >= limits.slow_cm else 1.0
    return 1.0 if closure.factors else 0.0


def check(closure: Closure) -> None:
    """Raises `ClosureBroken` for what no road could be given."""
    for profile, factor in closure.factors.items():
        if not (factor == 0 or 1.0 <= factor <= FACTOR_MAX):
            raise ClosureBroken(f"factors.{profile}: {factor} is neither 0 nor 1…{FACTOR_MAX:.0f}")
    if closure.depth_cm is not None and not 0 <= closure.depth_cm <= DEPTH_MAX_CM:
        raise ClosureBroken(f"depth_cm: {closure.depth_cm} is not 0…{DEPTH_MAX_CM}")
    for name, at in (("from_at", closure.from_at), ("until_at", closure.until_at)):
        if at is not None and at.tzinfo is None:
            raise ClosureBroken(f"{name}: {at} has no time zone")
    if closure.from_at and closure.until_at and closure.until_at <= closure.from_at:
        raise ClosureBroken("until_at: not after from_at")
