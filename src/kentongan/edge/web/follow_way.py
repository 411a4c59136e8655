"""How much of its way a vehicle has behind it, told so that nobody can follow the vehicle.

The share is of straight lines, of the farthest position seen on this way, and changes once in ten
seconds: a bar that moves is what somebody who waits needs, a position is not (CONSOLE.md §7.16).
"""

from collections import OrderedDict
from datetime import datetime
from typing import Final

from msgspec import Struct

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.edge.web.fixes import Fixes

SLOT_S: Final = 10
"""Seconds for which the same share is told."""

WAYS_MAX: Final = 1_000
"""Ways remembered: more than vehicles that drive at once."""

FRESH_S: Final = 120.0
"""An older position says nothing about the way."""


class _Way(Struct):
    farthest_m: float
    slot: int
    share: float


class Ways:
    """The ways of vehicles to incidents, by both."""

    def __init__(self, fixes: Fixes) -> None:
        self._fixes = fixes
        self._ways: OrderedDict[tuple[str, str], _Way] = OrderedDict()

    def share(self, unit: str, incident: str, place: Point, now: datetime) -> float | None:
        """0 to 1 in steps of a twentieth; None when nothing is known of late."""
        found = self._fixes.find(unit)
        if found is None or (now - found.fix.at).total_seconds() > FRESH_S:
            return None
        key, slot = (unit, incident), int(now.timestamp()) // SLOT_S
        known = self._ways.get(key)
        if known is not None and known.slot == slot:
            return known.share
        left_m = distance_m(found.fix.point, place)
        farthest_m = max(left_m, known.farthest_m if known is not None else 0.0)
        share = 0.0 if farthest_m <= 0 else round((1 - left_m / farthest_m) * 20) / 20
        self._ways[key] = _Way(farthest_m=farthest_m, slot=slot, share=share)
        self._ways.move_to_end(key)
        if len(self._ways) > WAYS_MAX:
            self._ways.popitem(last=False)
        return share
