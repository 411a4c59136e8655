"""Driving times between all places that a plan knows, by part of the day, from the city's roads.

Places are cells of the city (one point on the road each), posts, hospitals and health centres. The
router answers for every pair; a table that was made once is kept beside the city's roads, until
roads, speeds or places change.
"""

import hashlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from msgspec import Struct
from scipy import spatial

from kentongan.app.city import plans_of
from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.imported.versions import NETWORK_FILE, CityVersions
from kentongan.edge.geo.network.compiled import keep_in
from kentongan.edge.geo.network.profiles import BANDS, Profile, band_of
from kentongan.edge.geo.routing.closures import Closure
from kentongan.edge.geo.speeds.files import SpeedFiles, SpeedsBroken, speeds_of
from kentongan.plan.arrays import Floats, Whole
from kentongan.serve.geo_serve import prepared_city, siren_rules
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings

if TYPE_CHECKING:
    from kentongan.edge.geo.routing.router import Router

CELL_M: Final = 800.0
"""Side of a cell, metres: a minute's drive."""

NEAR_CITY_M: Final = 2_500.0
"""A cell farther from the middle of every kelurahan belongs to a neighbour."""

HOUR_OF_BAND: Final = {"night": 1, "day": 11, "peak": 7}
"""An hour of a Wednesday that stands for each part of the day."""

LIMIT_S: Final = 7_200.0
EARTH_M: Final = 111_195.0


class Places(Struct, frozen=True, eq=False, kw_only=True):
    """All places: cells first, then what has a name. `weight` is the cell's road junctions."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    lat: Floats
    lon: Floats
    weight: Floats
    cells: int

    def number(self, key: str) -> int:
        """The place of that key; `ValueError` with what is meant."""
        try:
            return self.keys.index(key)
        except ValueError:
            raise ValueError(f"{key}: no post, hospital or health centre of this city") from None

    def plane(self) -> Floats:
        """Metres east and north, one row a place."""
        middle = np.radians(self.lat.mean())
        return np.column_stack((self.lon * EARTH_M * np.cos(middle), self.lat * EARTH_M))

    def nearest(self, points: Sequence[Point], *, only_cells: bool = False) -> Whole:
        """The place next to each point."""
        plane = self.plane()[: self.cells] if only_cells else self.plane()
        middle = np.radians(self.lat.mean())
        at = [(p.lon * EARTH_M * float(np.cos(middle)), p.lat * EARTH_M) for p in points]
        if not at:
            return np.empty(0, dtype=np.int64)
        tree = cast("Any", spatial).cKDTree(plane)
        return np.asarray(tree.query(np.array(at))[1], dtype=np.int64)


class RoadTable(Struct, frozen=True, eq=False, kw_only=True):
    """`seconds[band, from, to]` of an ambulance with siren, infinite without a road. `pace` is each
    profile's time over the ambulance's. `label` says what roads they are."""

    places: Places
    seconds: Floats
    metres: Floats
    band: Whole
    pace: dict[str, float]
    label: str
    source: str


class RoadMaker:
    """The city's roads with what is needed to ask them."""

    def __init__(self, settings: Settings) -> None:
        self.pack = load_pack(settings)
        keep_in(settings.compiled_dir)
        from kentongan.edge.geo.network.road_network import load
        from kentongan.edge.geo.routing.roads import RouterSettings
        from kentongan.edge.geo.routing.router import Router

        self.network = load(prepared_city(settings, self.pack) / NETWORK_FILE)
        self.offset = plans_of(self.pack).time_zone_offset
        rules = siren_rules(settings)
        asked = RouterSettings(rules=rules, offset=self.offset)
        self.make_router = lambda: Router(self.network, settings=asked)
        self.folder = settings.geo_path / "plan"
        self.versions = CityVersions(settings.geo_path, self.pack.city.key)
        self.places = places_of(self.pack, self.network.node_lat, self.network.node_lon)

    def table(self, closures: Sequence[Closure] = ()) -> RoadTable:
        """The table with these roads closed; from the file if it was made before."""
        router = self.make_router()
        speeds = self._take_speeds(router)
        path = self.folder / f"{self._digest(speeds, closures)}.npz"
        for one in closures:
            if not router.close(one):
                print(f"{one.id}: no road is there, nothing is closed", file=sys.stderr)
        if not path.is_file():
            print(f"driving times of {len(self.places.keys)} places: once", file=sys.stderr)
            self._make(router, path)
        kept = np.load(path)
        hours = [BANDS.index(band_of(hour)) for hour in range(24)]
        return RoadTable(
            places=self.places,
            seconds=kept["seconds"].astype(np.float64),
            metres=kept["metres"].astype(np.float64),
            band=np.tile(np.array(hours, dtype=np.int64), 7),
            pace=dict(zip(Profile, kept["pace"].tolist(), strict=True)),
            label=self.network.label,
            source=router.source,
        )

    def _digest(self, speeds: str, closures: Sequence[Closure]) -> str:
        said = [self.network.version, speeds, *self.places.keys, *(str(one) for one in closures)]
        total = hashlib.sha256("\n".join(said).encode())
        total.update(self.places.lat.tobytes() + self.places.lon.tobytes())
        return total.hexdigest()[:24]

    def _take_speeds(self, router: "Router") -> str:
        files = SpeedFiles(self.versions.folder)
        name = files.newest()
        try:
            learnt = files.read(name) if name else None
            if name and learnt is not None and learnt.source == self.network.source:
                router.set_speeds(*speeds_of(learnt, name), is_learnt=True)
                return name
        except SpeedsBroken as error:
            print(f"speeds are not used: {error}", file=sys.stderr)
        return "table"

    def _make(self, router: "Router", path: Path) -> None:
        seconds = np.stack([self._seconds(router, Profile.AMBULANCE, band) for band in BANDS])
        near = seconds[1] < 1_800
        pace = [1.0]
        for profile in list(Profile)[1:]:
            other = self._seconds(router, profile, BANDS[1], every=7)
            both = np.isfinite(other) & near[:, ::7] & (seconds[1][:, ::7] > 60)
            pace.append(float(np.median(other[both] / seconds[1][:, ::7][both])))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(
            part,
            seconds=seconds.astype(np.float32),
            metres=self._metres(router).astype(np.float32),
            pace=np.array(pace),
        )
        part.replace(path)

    def _seconds(self, router: "Router", profile: Profile, band: str, every: int = 1) -> Floats:
        """`[from, to]` for each (or every n-th) place to go to."""
        at = self._at(HOUR_OF_BAND[band])
        keys = self._stand(router, profile)
        columns = [
            router.etas(lat, lon, LIMIT_S, at).seconds
            for lat, lon in zip(self.places.lat[::every], self.places.lon[::every], strict=True)
        ]
        self._leave(router, keys)
        found = np.stack(columns, axis=1)
        return np.where(np.isnan(found), np.inf, found)

    def _metres(self, router: "Router") -> Floats:
        """Road metres; the straight line by the usual detour where no road answers."""
        keys = self._stand(router, Profile.AMBULANCE)
        number = {key: n for n, key in enumerate(keys)}
        plane = self.places.plane()
        found = np.hypot(*(plane[:, None] - plane[None]).transpose(2, 0, 1)) * 1.4
        at = self._at(HOUR_OF_BAND["day"])
        for goal, (lat, lon) in enumerate(zip(self.places.lat, self.places.lon, strict=True)):
            for drive in router.nearest(lat, lon, len(keys), 0, LIMIT_S, at).found:
                found[number[drive.unit], goal] = drive.distance_m
        self._leave(router, keys)
        return found

    def _stand(self, router: "Router", profile: Profile) -> list[str]:
        keys = [f"place {n}" for n in range(len(self.places.keys))]
        for key, lat, lon in zip(keys, self.places.lat, self.places.lon, strict=True):
            router.place_unit(key, float(lat), float(lon), profile)
        return keys

    def _leave(self, router: "Router", keys: list[str]) -> None:
        for key in keys:
            router.remove_unit(key)

    def _at(self, hour: int) -> datetime:
        wednesday = datetime(2026, 11, 25, hour, 30, tzinfo=UTC)
        return wednesday - self.offset


def places_of(pack: CityPack, node_lat: Floats, node_lon: Floats) -> Places:
    """Cells with a road in them near the city's kelurahan, then posts, hospitals, puskesmas."""
    middle = np.radians(pack.city.centre.lat)
    x, y = node_lon * EARTH_M * np.cos(middle), node_lat * EARTH_M
    cell = np.column_stack((np.floor(x / CELL_M), np.floor(y / CELL_M))).astype(np.int64)
    kinds, which, count = np.unique(cell, axis=0, return_inverse=True, return_counts=True)
    which = which.ravel()
    mean_x, mean_y = np.bincount(which, x) / count, np.bincount(which, y) / count
    far = np.hypot(x - mean_x[which], y - mean_y[which])
    order = np.lexsort((far, which))
    junction = order[np.searchsorted(which[order], np.arange(len(kinds)))]
    centre = [(k.point.lon, k.point.lat) for k in pack.kelurahan]
    tree = cast("Any", spatial).cKDTree(np.array(centre) * EARTH_M * [np.cos(middle), 1.0])
    near = tree.query(np.column_stack((x[junction], y[junction])))[0] <= NEAR_CITY_M
    cells = junction[near]
    named = [*pack.posts, *pack.hospitals, *pack.puskesmas]
    return Places(
        keys=(*(f"cell_{n}" for n in range(len(cells))), *(one.key for one in named)),
        names=(*("" for _ in cells), *(one.name for one in named)),
        lat=np.concatenate((node_lat[cells], [one.point.lat for one in named])),
        lon=np.concatenate((node_lon[cells], [one.point.lon for one in named])),
        weight=np.concatenate((count[near].astype(np.float64), np.zeros(len(named)))),
        cells=len(cells),
    )


def closure_at(lat: float, lon: float) -> Closure:
    """The road at a point, closed both ways for everybody."""
    return Closure(
        id=f"closed at {lat:.5f},{lon:.5f}",
        geometry={"type": "Point", "coordinates": [lon, lat]},
    )


def point_of(text: str) -> tuple[float, float]:
    """A pair "lat,lon"; `ValueError` for anything else."""
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{text.strip()!r} is no place like -6.98,110.41") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"{lat},{lon}: no point on the earth; latitude comes first")
    return lat, lon
