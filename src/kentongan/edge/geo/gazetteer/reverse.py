"""From a point back to words: kelurahan, kecamatan, and the nearest names with their metres.

For the crew and for a check by ear ("dekat Lawang Sewu, betul?"). Exact where the kelurahan have
polygons, else the nearest centroid and marked as approximate. Pure look-up; nothing is snapped.
"""

from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.cities.gazetteer import PlaceKind
from kentongan.edge.geo.gazetteer.areas import AreaName
from kentongan.edge.geo.gazetteer.columns import KINDS
from kentongan.edge.geo.gazetteer.gazetteer import Gazetteer

REACH_M: Final = 1_500.0
"""A name farther away says nothing about a point."""

NAMES: Final = 3
METRES_PER_DEGREE: Final = 111_195.0

_NO_PLACE: Final = frozenset({PlaceKind.KELURAHAN, PlaceKind.KECAMATAN, PlaceKind.OUTSIDE})


class NearName(Struct, frozen=True):
    """A name close by."""

    label: str
    kind: PlaceKind
    distance_m: int
    key: str


class PointNamed(Struct, frozen=True):
    """What is at a point. `area` is `None` outside of the city; `outside` then says where it is."""

    lat: float
    lon: float
    area: AreaName | None
    near: tuple[NearName, ...]
    outside: str = ""


class Reverse:
    """The names of a gazetteer by where they are."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        documents = gazetteer.documents
        is_place = ~np.isin(documents.kinds, [KINDS.index(kind) for kind in _NO_PLACE])
        own = np.flatnonzero(is_place).astype(np.int32)
        of = np.concatenate((own, gazetteer.point_document))
        lat = np.concatenate((documents.lat[own], gazetteer.point_lat))
        lon = np.concatenate((documents.lon[own], gazetteer.point_lon))
        order = np.argsort(lat, kind="stable")
        self._of, self._lat, self._lon = of[order], lat[order], lon[order]

    def name(self, lat: float, lon: float, names: int = NAMES) -> PointNamed:
        """The area, and the nearest different names within `REACH_M`, the nearest first."""
        area = self._gazetteer.areas.locate(lat, lon)
        reach = REACH_M / METRES_PER_DEGREE
        first, last = np.searchsorted(self._lat, (lat - reach, lat + reach))
        part = slice(int(first), int(last))
        east = (self._lon[part] - lon) * np.cos(np.radians(lat))
        metres = np.hypot(self._lat[part] - lat, east) * METRES_PER_DEGREE
        within = np.flatnonzero(metres <= REACH_M)
        near: dict[str, NearName] = {}
        for n in within[np.argsort(metres[within], kind="stable")].tolist():
            if len(near) >= names:
                break
            document = int(self._of[part][n])
            label = self._gazetteer.documents.name[document]
            near.setdefault(
                label,
                NearName(
                    label=label,
                    kind=self._gazetteer.documents.kind(document),
                    distance_m=round(float(metres[n])),
                    key=self._gazetteer.documents.key[document],
                ),
            )
        return PointNamed(lat, lon, area, tuple(near.values()))
