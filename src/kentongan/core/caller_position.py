"""Where a caller may be: every position that was told, and which of them to believe first.

Positions come from the network, the cell, the caller's telephone (AML, a page) and a link that was
opened; each is kept with its source, its radius and the time it was measured. One is believed
first: the one whose doubt is smallest now. Doubt is the radius and what the caller may have moved
since, so a coarse position never hides a finer one because it is newer, and a fine one is not
believed for ever. The place of the incident is nobody's but the operator's to say. Pure.

Theory: every doubt grows by the same metres a second, so which of two is smaller never changes
while time passes. The order can therefore be kept in the row, and is the same after a rebuild.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from kentongan.cities.distance import distance_m
from kentongan.core.call_rows import CallerPosition
from kentongan.core.words import Place, PlaceSource

MOVES_M_S: Final = 1.5
"""How fast a caller is taken to move, metres a second: on foot, as most who call for help are."""

DRIVES_M_S: Final = 50.0
"""Nobody moves faster: of two positions further apart than this allows one is wrong."""

OUTSIDE: Final = "outside_city"
"""The caution of a position outside the city."""

ASSUMED_RADIUS_M: Final[Mapping[PlaceSource, float]] = {
    PlaceSource.NETWORK: 3_000.0,
    PlaceSource.CELL: 3_000.0,
}
"""Taken for a position that came without a radius: a city's cell. Of the caller's own telephone
`ASSUMED_DEVICE_M` is taken."""

ASSUMED_DEVICE_M: Final = 500.0

AGAIN: Final = timedelta(seconds=15)
"""A source that says nearly the same again within this time is not written down again."""

MOVED_M: Final = 10.0
"""Nearly the same, metres: the noise of a telephone's receiver."""

FINER: Final = 0.8
"""A radius below this part of the former one is finer, and is written down at once."""

TOLD_MAX: Final = 1_000
"""Positions of one call that are written down of each source: an hour, one every four seconds. A
page gone wild costs the network's and the operator's positions nothing."""


def position_of(place: Place, measured_at: datetime, heard_at: datetime) -> CallerPosition | None:
    """A place that was told as a position; None when it is known in words only."""
    if place.point is None:
        return None
    return CallerPosition(
        source=place.source,
        point=place.point,
        at=min(measured_at, heard_at),
        heard_at=heard_at,
        radius_m=place.radius_m,
        sector=place.sector,
        cautions=place.cautions,
    )


def radius_m(one: CallerPosition) -> float:
    """The radius it came with, or what is assumed for its source."""
    if one.radius_m is not None:
        return one.radius_m
    return ASSUMED_RADIUS_M.get(one.source, ASSUMED_DEVICE_M)


def doubt_m(one: CallerPosition, now: datetime) -> float:
    """How far from it the caller may be now, metres."""
    return radius_m(one) + MOVES_M_S * max(0.0, (now - one.at).total_seconds())


def ranked(told: Sequence[CallerPosition]) -> tuple[CallerPosition, ...]:
    """The least doubtful first, of equals the newest; the same at every moment. One outside the
    city that nobody can have come from to another inside is wrong, however fine, and comes last."""
    if not told:
        return ()
    newest = max(one.at for one in told)
    inside = [one for one in told if OUTSIDE not in one.cautions]

    def order(one: CallerPosition) -> tuple[bool, float, float, str, float, float]:
        is_wrong = OUTSIDE in one.cautions and any(_is_apart(one, other) for other in inside)
        return (is_wrong, doubt_m(one, newest), *_tie(one, newest))

    return tuple(sorted(told, key=order))


def _is_apart(one: CallerPosition, other: CallerPosition) -> bool:
    """Whether they are further apart than their radii and the fastest way between them."""
    reach_m = DRIVES_M_S * abs((one.at - other.at).total_seconds())
    return distance_m(one.point, other.point) > radius_m(one) + radius_m(other) + reach_m


def _tie(one: CallerPosition, newest: datetime) -> tuple[float, str, float, float]:
    age_s = (newest - one.at).total_seconds()
    return (age_s, one.source.value, one.point.lat, one.point.lon)


def kept(told: Sequence[CallerPosition]) -> tuple[CallerPosition, ...]:
    """What a row keeps: of each source the least doubtful and the newest, ranked. The journal keeps
    all."""
    in_order = ranked(told)
    found: list[CallerPosition] = []
    for source in PlaceSource:
        own = [one for one in in_order if one.source is source]
        if own:
            found += {id(one): one for one in (own[0], max(own, key=lambda one: one.at))}.values()
    return ranked(found)


def is_news(told: Sequence[CallerPosition], new: CallerPosition) -> bool:
    """Whether it says more than its source has said of late."""
    own = [one for one in told if one.source is new.source]
    if any(_is_same(one, new) for one in own):
        return False
    latest = max(own, key=lambda one: one.at, default=None)
    if latest is None or new.at - latest.at >= AGAIN or latest.at - new.at >= AGAIN:
        return True
    is_finer = radius_m(new) < FINER * radius_m(latest)
    return is_finer or new.sector != latest.sector or distance_m(latest.point, new.point) > MOVED_M


def _is_same(one: CallerPosition, other: CallerPosition) -> bool:
    return (one.point, one.radius_m, one.sector, one.at) == (
        other.point,
        other.radius_m,
        other.sector,
        other.at,
    )
