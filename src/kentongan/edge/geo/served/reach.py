"""How far help reaches, for people: shares of the roads, kelurahan, what one less would uncover.

The router says how soon each point of the roads is reached, turnout and the last metres on foot
included, as an arrival is told. Each start drives as its own kind of unit does, and the soonest of
all counts. A kelurahan counts as its middle: the soonest road point near it. Shapes are cells
around reached points, joined and smoothed: a picture, not a border.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

import numpy as np
import shapely
from msgspec import structs
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.routing.coverage import Coverage
from kentongan.edge.geo.routing.router import Router
from kentongan.edge.geo.served.driving import drives_as
from kentongan.geography import AreaReach, CoverageAsked, CoverageShown, Start, Uncovered

MIDDLE_M: Final = 250.0
"""Road points this near to the middle of a kelurahan stand for it; else the nearest one does."""

CELL_M: Final = 200.0
"""Side of the cells that shapes are drawn from, metres: the roads' points are 100 m apart."""

SMOOTH_M: Final = 60.0
"""How much a shape's outline is simplified, metres."""

METRES_PER_DEGREE: Final = 111_195.0

Seconds = NDArray[np.float64]


class _Whole(NamedTuple):
    """How far everybody reaches: the starts and what is reached by how they drive, the soonest of
    all, and the seconds to each kelurahan."""

    sorts: Mapping[Profile, Sequence[Start]]
    reached: Mapping[Profile, Coverage]
    found: Coverage
    areas: Sequence[float]


class Reach:
    """Coverage over one router. Any thread: the router has a lock of its own."""

    def __init__(self, router: Router, pack: CityPack) -> None:
        self._router = router
        self._pack = pack
        self._east_m = METRES_PER_DEGREE * math.cos(math.radians(pack.city.centre.lat))
        self._near: list[NDArray[np.int64]] | None = None

    def cover(self, asked: CoverageAsked, at: datetime) -> CoverageShown:
        """The answer; starts that are nowhere on earth count for nothing."""
        limits = asked.limits_s
        sorts = _by_profile([one for one in asked.starts if _is_on_earth(one.point)])
        reached = {
            profile: self._reached(asked, profile, starts, max(limits), at)
            for profile, starts in sorts.items()
        }
        found = _soonest(reached.values())
        areas = self._areas(found)
        whole = _Whole(sorts, reached, found, areas)
        return CoverageShown(
            source=self._router.source,
            label=self._router.network.label,
            limits_s=limits,
            road_shares=tuple(_share(found.point_s, limit) for limit in limits),
            areas=tuple(
                AreaReach(
                    code=one.code,
                    name=one.name,
                    seconds=round(seconds) if math.isfinite(seconds) else None,
                )
                for one, seconds in zip(self._pack.kelurahan, areas, strict=True)
            ),
            uncovered=tuple(self._uncovered(asked, unit, whole, at) for unit in asked.without),
            shapes=self._shapes(found, limits) if asked.with_shapes else None,
        )

    def _reached(
        self,
        asked: CoverageAsked,
        profile: Profile,
        starts: Sequence[Start],
        limit_s: float,
        at: datetime,
    ) -> Coverage:
        points = [one.point for one in starts]
        return self._router.coverage(
            profile, limit_s, points=points, at=at, turnout_s=asked.turnout_s
        )

    def _uncovered(self, asked: CoverageAsked, unit: str, whole: _Whole, at: datetime) -> Uncovered:
        """What nobody reaches in the first limit when that unit has gone: only those that drive as
        it does are searched anew."""
        limit = min(asked.limits_s)
        left = dict(whole.reached)
        for profile, starts in whole.sorts.items():
            rest = [one for one in starts if one.unit != unit]
            if len(rest) < len(starts):
                left[profile] = self._reached(asked, profile, rest, limit, at)
        without = _soonest(left.values())
        lost = tuple(
            one.code
            for one, before, after in zip(
                self._pack.kelurahan, whole.areas, self._areas(without), strict=True
            )
            if before <= limit < after
        )
        share = _share(whole.found.point_s, limit) - _share(without.point_s, limit)
        return Uncovered(unit=unit, kelurahan=lost, road_share=max(0.0, share))

    def _areas(self, found: Coverage) -> list[float]:
        """Seconds to the middle of each kelurahan, infinite beyond the limit."""
        if self._near is None:
            self._near = self._middles(found)
        return [float(found.point_s[near].min()) for near in self._near]

    def _middles(self, found: Coverage) -> list[NDArray[np.int64]]:
        """The points of the roads that stand for each kelurahan; the same for every coverage."""
        near: list[NDArray[np.int64]] = []
        for one in self._pack.kelurahan:
            north = (found.lat - one.point.lat) * METRES_PER_DEGREE
            metres = np.hypot(north, (found.lon - one.point.lon) * self._east_m)
            around = np.flatnonzero(metres <= MIDDLE_M)
            near.append(around if len(around) else np.array([metres.argmin()]))
        return near

    def _shapes(self, found: Coverage, limits: Sequence[float]) -> dict[str, Any]:
        """A GeoJSON FeatureCollection, the widest limit first so that it is drawn below."""
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"limit_s": limit},
                    "geometry": json.loads(
                        cast(Any, shapely).to_geojson(self._shape(found, limit))
                    ),
                }
                for limit in sorted(limits, reverse=True)
            ],
        }

    def _shape(self, found: Coverage, limit: float) -> BaseGeometry:
        reached = found.point_s <= limit
        scale = np.array((self._east_m / CELL_M, METRES_PER_DEGREE / CELL_M))
        places = np.stack((found.lon[reached], found.lat[reached]), axis=1) * scale
        cells = np.unique(np.floor(places).astype(np.int64), axis=0)
        if not len(cells):
            return shapely.MultiPolygon()
        boxes = shapely.box(cells[:, 0], cells[:, 1], cells[:, 0] + 1, cells[:, 1] + 1)
        joined = cast(Any, shapely).coverage_union_all(boxes)
        smooth = joined.buffer(0.5, join_style="mitre").simplify(SMOOTH_M / CELL_M)
        return shapely.transform(smooth, lambda points: np.round(points / scale, 5))


def _by_profile(starts: Iterable[Start]) -> dict[Profile, list[Start]]:
    """The starts by how they drive; one profile without any where nobody starts."""
    sorts: dict[Profile, list[Start]] = {}
    for one in starts:
        sorts.setdefault(drives_as(one.unit_kind), []).append(one)
    return sorts or {Profile.PLAIN: []}


def _soonest(reached: Iterable[Coverage]) -> Coverage:
    """Whoever comes first counts: the points of the roads are the same for every profile."""
    first, *others = reached
    if not others:
        return first
    return structs.replace(
        first,
        node_s=np.minimum.reduce([first.node_s, *(one.node_s for one in others)]),
        point_s=np.minimum.reduce([first.point_s, *(one.point_s for one in others)]),
    )


def _share(seconds: Seconds, limit: float) -> float:
    return round(float(np.mean(seconds <= limit)), 4) if len(seconds) else 0.0


def _is_on_earth(point: Point) -> bool:
    return -90 <= point.lat <= 90 and -180 <= point.lon <= 180
