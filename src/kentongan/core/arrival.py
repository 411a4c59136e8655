"""Has the unit arrived? A proposal from its position, for a person to decide. Pure.

A geofence never decides: a crew knows whether it stands before the house or on the wrong side of
the river. It asks once per leg of an assignment (to the scene, to the hospital), when the unit is
certainly near and stands or stays, and is silent again when the step was taken, when the unit went
away, or when the leg is over. A crew that drives past is not asked.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.core.rows import Assignment, IncidentRow
from kentongan.core.words import Fix, IncidentId, Place, Progress, UnitId

NEAR_M: Final = 150.0
"""Within this, accuracy included, the unit is there (the evaluation's `near_scene`)."""

AWAY_M: Final = 300.0
"""Beyond this, accuracy deducted, it has gone again: twice as far, so that noise asks nothing."""

PLACE_MAX_M: Final = 250.0
"""A place that is known less well than this is no place to arrive at."""

UNKNOWN_ACCURACY_M: Final = 50.0
"""For a fix that does not say how good it is."""

FRESH: Final = timedelta(seconds=60)
"""An older position says nothing about now."""

STANDS_M_S: Final = 3.0
"""Slower than this the unit stands, or looks for the house number."""

ASKED_MAX: Final = 10_000
"""Legs remembered as asked, so that a correction does not ask again: weeks of a city's work."""

STAYS: Final = timedelta(seconds=20)
"""Who is near for so long has arrived, whatever their speed: at 60 km/h one is through."""


class Leg(Struct, frozen=True, kw_only=True):
    """A way to somewhere that a step will end. `has_left` when it is known to be on its way."""

    unit: UnitId
    incident: IncidentId
    step: Progress
    since: datetime
    target: Point
    radius_m: float = 0.0
    has_left: bool = True


class Proposal(Struct, frozen=True, kw_only=True):
    """The unit seems to have arrived; `step` is what a tap would say."""

    unit: UnitId
    incident: IncidentId
    step: Progress
    since: datetime
    distance_m: float


class _Seen(Struct):
    """What is known of a leg: whether it was away, since when near, what was proposed."""

    has_left: bool
    near_since: datetime | None = None
    proposal: Proposal | None = None
    is_asked: bool = False


_Key = tuple[UnitId, IncidentId, Progress, datetime]


class Arrivals:
    """Watches all legs of a room."""

    def __init__(self) -> None:
        self._seen: dict[_Key, _Seen] = {}
        self._asked: OrderedDict[_Key, None] = OrderedDict()

    def look(
        self, legs: Iterable[Leg], fix_of: Callable[[UnitId], Fix | None], now: datetime
    ) -> tuple[Proposal, ...]:
        """What is proposed now on these legs."""
        seen: dict[_Key, _Seen] = {}
        for leg in legs:
            key = (leg.unit, leg.incident, leg.step, leg.since)
            known = self._seen.get(key) or _Seen(leg.has_left, is_asked=key in self._asked)
            seen[key] = known
            fix = fix_of(leg.unit)
            if fix is not None and now - fix.at <= FRESH and fix.at >= leg.since:
                _watch(known, leg, fix)
            if known.is_asked:
                self._asked[key] = None
        self._seen = seen
        while len(self._asked) > ASKED_MAX:
            self._asked.popitem(last=False)
        found = (one.proposal for one in seen.values() if one.proposal is not None)
        return tuple(sorted(found, key=lambda one: (one.since, one.unit)))


def is_coarse(place: Place | None) -> bool:
    """Whether its point is known too badly to arrive at, or to promise an arrival."""
    return place is not None and (place.radius_m or 0.0) > PLACE_MAX_M


def legs_of(incident: IncidentRow, hospital_of: Callable[[str], Point | None]) -> Iterable[Leg]:
    """The ways that the incident's units are on."""
    if incident.state != "open":
        return
    for one in incident.assignments:
        if one.open and (leg := _leg(incident, one, hospital_of)) is not None:
            yield leg


def _leg(
    incident: IncidentRow, one: Assignment, hospital_of: Callable[[str], Point | None]
) -> Leg | None:
    since = one.progress_at.get(one.progress)
    if since is None:
        return None
    if one.progress is Progress.TRANSPORTING:
        target = hospital_of(one.destination) if one.destination is not None else None
        if target is None:
            return None
        step, radius_m = Progress.AT_HOSPITAL, 0.0
    elif one.progress in (Progress.ASSIGNED, Progress.ACCEPTED, Progress.DEPARTED):
        place = incident.place
        if place is None or place.point is None or is_coarse(place):
            return None
        step, target, radius_m = Progress.ON_SCENE, place.point, place.radius_m or 0.0
    else:
        return None
    is_on_its_way = one.progress in (Progress.DEPARTED, Progress.TRANSPORTING)
    return Leg(
        unit=one.unit,
        incident=incident.key,
        step=step,
        since=one.progress_at.get(Progress.ASSIGNED, since) if step is Progress.ON_SCENE else since,
        target=target,
        radius_m=radius_m,
        has_left=is_on_its_way,
    )


def _watch(known: _Seen, leg: Leg, fix: Fix) -> None:
    distance = distance_m(fix.point, leg.target)
    accuracy = fix.accuracy_m if fix.accuracy_m is not None else UNKNOWN_ACCURACY_M
    if distance - accuracy > AWAY_M + leg.radius_m:
        known.has_left, known.near_since, known.proposal = True, None, None
        return
    known.has_left = known.has_left or leg.has_left
    if distance + accuracy > NEAR_M + leg.radius_m:
        known.near_since = None
        return
    if known.near_since is None:
        known.near_since = fix.at
    stands = fix.speed_m_s is not None and fix.speed_m_s <= STANDS_M_S
    if known.is_asked or not known.has_left:
        return
    if stands or fix.at - known.near_since >= STAYS:
        known.is_asked = True
        known.proposal = Proposal(
            unit=leg.unit,
            incident=leg.incident,
            step=leg.step,
            since=fix.at,
            distance_m=round(distance),
        )
