"""Which kelurahan and kecamatan a point lies in: by polygon where there is one, else the nearest.

Polygons come from an import; a bare city pack has centroids only, and then every answer says that
it is approximate. Nothing is looked up beyond the areas given here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import numpy as np
import shapely
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.cities.away import bearing
from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer.columns import Arrays, Texts
from kentongan.edge.geo.gazetteer.normaliser import normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.osm.raw import Area

KECAMATAN_LEVEL: Final = 6
KELURAHAN_LEVELS: Final = (7, 8, 9, 10)
"""Admin levels of the smallest areas: 7 in Indonesia; elsewhere the first that is mapped."""

METRES_PER_DEGREE: Final = 111_195.0
NEAREST_MAX_M: Final = 10_000.0
"""A centroid farther away names nothing; whether a point lies outside is told by `outside`."""


class AreaName(Struct, frozen=True):
    """An area by its names; `code` is the Kemendagri code, empty where it is not known."""

    kelurahan: str
    kecamatan: str
    code: str = ""
    approximate: bool = True

    @property
    def label(self) -> str:
        """`kelurahan, kecamatan`, the only safe way to name one."""
        return ", ".join(name for name in (self.kelurahan, self.kecamatan) if name)


class NearestArea(Struct, frozen=True):
    """The area that a point lies in, else the nearest: metres to it, and degrees from north by east
    in which the point lies as seen from its middle."""

    area: AreaName
    distance_m: float = 0.0
    bearing: float = 0.0


class Areas:
    """The smallest areas of a city, each with a middle and perhaps its polygon."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self._kelurahan = Texts.from_arrays(arrays, "areas.kelurahan")
        self._kecamatan = Texts.from_arrays(arrays, "areas.kecamatan")
        self._codes = Texts.from_arrays(arrays, "areas.codes")
        self._lat = arrays["areas.lat"].astype(np.float64, copy=False)
        self._lon = arrays["areas.lon"].astype(np.float64, copy=False)
        shapes = Texts.from_arrays(arrays, "areas.shapes")
        if {len(self._kecamatan), len(self._codes), len(self._lat), len(shapes)} != {len(self)}:
            raise ValueError("areas: columns of different lengths")
        wkt = [shapes[n] for n in range(len(shapes))]
        self._shaped = np.array([n for n, one in enumerate(wkt) if one], dtype=np.int32)
        polygons = shapely.from_wkt([one for one in wkt if one])
        self._polygons = polygons
        self._tree = shapely.STRtree(polygons) if len(self._shaped) else None
        self._wkt = shapes
        self._middles: list[tuple[float, float]] = list(
            zip(self._lat.tolist(), self._lon.tolist(), strict=True)
        )

    @classmethod
    def of_pack(cls, pack: CityPack, mapped: Sequence[Area] = ()) -> "Areas":
        """The pack's kelurahan, with the polygons of the same name where an import has them."""
        rows = _mapped(pack, mapped)
        covered = {code for _, _, code, *_ in rows}
        names = pack.kecamatan_by_code
        rows += [
            (one.name, names[one.kecamatan].name, one.code, one.point.lat, one.point.lon, "")
            for one in pack.kelurahan
            if one.code not in covered
        ]
        return cls(_arrays_of(rows))

    def __len__(self) -> int:
        return len(self._kelurahan)

    @property
    def is_whole(self) -> bool:
        """Whether every area has its polygon: what lies in none lies outside."""
        return 0 < len(self) == len(self._shaped)

    def to_arrays(self) -> Arrays:
        """For saving."""
        arrays: Arrays = {"areas.lat": self._lat, "areas.lon": self._lon}
        for name, texts in (
            ("kelurahan", self._kelurahan),
            ("kecamatan", self._kecamatan),
            ("codes", self._codes),
            ("shapes", self._wkt),
        ):
            arrays |= texts.to_arrays(f"areas.{name}")
        return arrays

    def locate(self, lat: float, lon: float) -> AreaName | None:
        """The area of a point; `None` when nothing is near."""
        return self.locate_many([(lat, lon)])[0]

    def locate_many(self, points: Sequence[tuple[float, float]]) -> list[AreaName | None]:
        """The areas of many points (lat, lon) at once."""
        if not points:
            return []
        found: list[AreaName | None] = [None] * len(points)
        lats, lons = np.array(points, dtype=np.float64).T
        if self._tree is not None:
            shapes = np.array([shapely.Point(lon, lat) for lat, lon in points], dtype=np.object_)
            which, polygons = self._tree.query(shapes, predicate="within")
            for n, polygon in zip(which.tolist(), polygons.tolist(), strict=True):
                found[n] = found[n] or self._name(int(self._shaped[polygon]), approximate=False)
        for n, name in enumerate(found):
            if name is None:
                found[n] = self._nearest(float(lats[n]), float(lons[n]))
        return found

    def nearest(self, lat: float, lon: float) -> NearestArea | None:
        """The area of a point, or the nearest however far it is: to its polygon where every area
        has one, else to its middle. `None` where no area is known."""
        named = self.locate(lat, lon)
        if named is not None and not named.approximate:
            return NearestArea(named)
        if not len(self):
            return None
        place = Point(lat, lon)
        away = [distance_m(place, Point(*middle)) for middle in self._middles]
        n = int(np.argmin(away))
        metres = away[n]
        if self.is_whole:
            lines = cast(Any, shapely).shortest_line(self._polygons, shapely.Point(lon, lat))
            ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
            away = [distance_m(place, Point(*edge[::-1])) for edge in ends[:, 0].tolist()]
            n = int(self._shaped[int(np.argmin(away))])
            metres = min(away)
        return NearestArea(
            self._name(n, approximate=True), metres, bearing(Point(*self._middles[n]), place)
        )

    def _nearest(self, lat: float, lon: float) -> AreaName | None:
        if not len(self):
            return None
        east = (self._lon - lon) * np.cos(np.radians(lat))
        metres = np.hypot(self._lat - lat, east) * METRES_PER_DEGREE
        nearest = int(metres.argmin())
        if float(metres[nearest]) > NEAREST_MAX_M:
            return None
        return self._name(nearest, approximate=True)

    def _name(self, n: int, *, approximate: bool) -> AreaName:
        return AreaName(self._kelurahan[n], self._kecamatan[n], self._codes[n], approximate)


_Row = tuple[str, str, str, float, float, str]


def _arrays_of(rows: Sequence[_Row]) -> Arrays:
    arrays: Arrays = {
        "areas.lat": np.array([row[3] for row in rows], dtype=np.float64),
        "areas.lon": np.array([row[4] for row in rows], dtype=np.float64),
    }
    for name, column in (("kelurahan", 0), ("kecamatan", 1), ("codes", 2), ("shapes", 5)):
        arrays |= Texts.of(str(row[column]) for row in rows).to_arrays(f"areas.{name}")
    return arrays


def _mapped(pack: CityPack, mapped: Sequence[Area]) -> list[_Row]:
    """Polygons of the finest mapped level, with the kecamatan around each and the pack's code."""
    level = next((n for n in KELURAHAN_LEVELS if any(a.admin_level == n for a in mapped)), None)
    if level is None:
        return []
    outer = [area for area in mapped if area.admin_level == KECAMATAN_LEVEL]
    codes = {
        (_folded(one.name), _folded(pack.kecamatan_by_code[one.kecamatan].name)): one.code
        for one in pack.kelurahan
    }
    rows: list[_Row] = []
    for area in mapped:
        if area.admin_level != level:
            continue
        middle = area.geometry.representative_point()
        around = next((o.name for o in outer if o.geometry.contains(middle)), "")
        name, kecamatan = _bare(area.name), _bare(around)
        code = codes.get((_folded(name), _folded(kecamatan)), "")
        wkt = shapely.to_wkt(area.geometry, rounding_precision=7)
        rows.append((name, kecamatan, code, middle.y, middle.x, wkt))
    return rows


def _bare(name: str) -> str:
    """ "Kelurahan Sekayu" → "Sekayu"."""
    first, _, rest = name.partition(" ")
    return rest if rest and first.lower() in {"kelurahan", "kecamatan", "desa"} else name


def _folded(name: str) -> str:
    return " ".join(map(key_of, normalise(name).words))


def contexts_of(
    areas: Areas, points: Iterable[tuple[float, float]]
) -> list[tuple[str, str | None]]:
    """For each point "kelurahan, kecamatan" and the kelurahan's code, empty and `None` outside."""
    return [
        (found.label, found.code or None) if found else ("", None)
        for found in areas.locate_many(list(points))
    ]
