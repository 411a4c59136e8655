"""The units of a router by key: which layer each is on, where it stands, and how far from a road.

Keys, masks and positions in degrees are kept here, edges and tenths in the layers. Not safe for
several threads: the router's lock is around it.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.routing.layer import Layer

UNITS_MAX: Final = 100_000
"""Units of a router: twenty times the largest fleet that was measured."""


class FleetFull(Exception):  # noqa: N818 - a state, named like one
    """There are as many units as a router takes."""


class Standing(Struct):
    """Where a unit stands. `gap_m` is its distance from the nearest road that it may drive."""

    key: str
    number: int
    lat: float
    lon: float
    gap_m: float
    mask: int
    is_new: bool = True


class Roll(NamedTuple):
    """All units of a layer in one order: keys and numbers."""

    keys: tuple[str, ...]
    numbers: NDArray[np.int64]


class _Roster:
    """The units of a layer."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.by_number: dict[int, Standing] = {}
        self.free: list[int] = []
        self.roll: Roll | None = None  # made when asked for, forgotten when somebody comes or goes


class Fleet:
    """Units by key, on layers by profile."""

    def __init__(self) -> None:
        self._rosters: dict[Profile, _Roster] = {}
        self._of: dict[str, tuple[_Roster, Standing]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def set_layer(self, layer: Layer) -> None:
        """Take in a layer of a profile that has none yet."""
        self._rosters[layer.profile] = _Roster(layer)

    def has_layer(self, profile: Profile) -> bool:
        """Whether the profile has a layer here."""
        return profile in self._rosters

    def layers(self) -> Iterator[Layer]:
        """The layers that have units."""
        return (roster.layer for roster in self._rosters.values() if roster.by_number)

    def find(self, key: str) -> tuple[Layer, Standing] | None:
        """A unit's layer and where it stands."""
        known = self._of.get(key)
        return None if known is None else (known[0].layer, known[1])

    def at(self, profile: Profile, number: int) -> Standing:
        """The unit with that number on a layer."""
        return self._rosters[profile].by_number[number]

    def standings(self, profile: Profile) -> Mapping[int, Standing]:
        """All units of a layer by number."""
        return self._rosters[profile].by_number

    def roll(self, profile: Profile) -> Roll:
        """All units of a layer in one order."""
        roster = self._rosters[profile]
        if roster.roll is None:
            keys = tuple(standing.key for standing in roster.by_number.values())
            roster.roll = Roll(keys, np.array(list(roster.by_number), dtype=np.int64))
        return roster.roll

    def keys(self) -> Iterable[str]:
        """All units."""
        return self._of.keys()

    def enter(self, key: str, profile: Profile) -> tuple[Layer, Standing]:
        """A unit's place on a layer, made or moved there. Raises `FleetFull`."""
        known = self._of.get(key)
        if known is not None:
            roster, standing = known
            if roster.layer.profile is profile:
                return roster.layer, standing
            self.leave(key)
        if len(self._of) >= UNITS_MAX:
            raise FleetFull(f"more than {UNITS_MAX} units")
        roster = self._rosters[profile]
        number = roster.free.pop() if roster.free else roster.layer.add()
        standing = Standing(key, number, math.nan, math.nan, 0.0, 0)
        roster.by_number[number] = standing
        roster.roll = None
        self._of[key] = roster, standing
        return roster.layer, standing

    def leave(self, key: str) -> bool:
        """Take a unit away; says whether it was there."""
        known = self._of.pop(key, None)
        if known is None:
            return False
        roster, standing = known
        roster.layer.remove(standing.number)
        del roster.by_number[standing.number]
        roster.roll = None
        roster.free.append(standing.number)
        return True
