"""A city that answers: its names at once, its roads when they are loaded, and what it says of
itself.

Loaded from the files of an imported version or of the prepared synthetic city; without files the
pack's own names are searched. Names and roads follow what the record tells. Nothing here decides
which city is in use.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from kentongan.cities.away import ABOUT
from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import PlacesFound
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer.carriageways import Carriageways
from kentongan.edge.geo.gazetteer.city import build_city
from kentongan.edge.geo.gazetteer.gazetteer import load as load_names
from kentongan.edge.geo.gazetteer.search import CitySearch
from kentongan.edge.geo.imported.facilities import FacilityKind, load_facilities
from kentongan.edge.geo.imported.versions import Version, VersionFiles
from kentongan.edge.geo.network.profiles import Profile, SirenRules
from kentongan.edge.geo.network.road_network import load as load_network
from kentongan.edge.geo.places import RESULTS_MAX
from kentongan.edge.geo.served.facilities import pack_facilities
from kentongan.edge.geo.served.told import Told, book_of
from kentongan.edge.geo.speeds.files import SpeedFile, SpeedsBroken, speeds_of
from kentongan.edge.geo.synthetic.network import LABEL as SYNTHETIC_LABEL
from kentongan.geography import CityShown, MapFacility, NamedPoint, PlaceAlias, SpeedsShown

if TYPE_CHECKING:
    from kentongan.edge.geo.served.driving import Driving
    from kentongan.edge.geo.served.reach import Reach
    from kentongan.edge.geo.served.streets import Streets

FACILITIES_MAX: Final = 5_000
"""Facilities shown on a map; a metropolis has fewer."""

SAME_PLACE_M: Final = 150.0
"""A facility of the map this near to one of the same kind in the pack is that one."""

Bounds = tuple[float, float, float, float]

_log = logging.getLogger(__name__)


class City:
    """One city in use. The search is quick to load, the roads (`load_roads`) take longer."""

    def __init__(
        self,
        pack: CityPack,
        offset: timedelta,
        files: VersionFiles | None,
        rules: Mapping[Profile, SirenRules],
    ) -> None:
        """Raises `GazetteerBroken`, `msgspec.MsgspecError`, `OSError`."""
        self.files = files
        self.driving: Driving | None = None
        self.reach: Reach | None = None
        self.streets: Streets | None = None
        self.speeds: SpeedFile | None = None
        self._pack = pack
        self._offset = offset
        self._rules = rules
        names = build_city(pack) if files is None else load_names(files.gazetteer)
        self._search = CitySearch(names, pack)
        self._aliases: Mapping[str, PlaceAlias] = {}
        self._followed = -1  # the number of the latest word taken
        self._following = Lock()
        self._bounds = _bounds(pack)
        if isinstance(files, Version):
            box = files.manifest.bounds
            self._bounds = (box.south, box.west, box.north, box.east)
        self.facilities = _facilities(pack, files)

    @property
    def name(self) -> str:
        """Which version; empty for the pack alone."""
        return "" if self.files is None else self.files.name

    def load_roads(self, told: Told) -> None:
        """Load the roads and everything that drives on them, closures in force.

        Raises `NetworkBroken`, `OSError`.
        """
        if self.files is None:
            return
        from kentongan.edge.geo.served.driving import Driving  # declares kernels: seconds to load
        from kentongan.edge.geo.served.reach import Reach
        from kentongan.edge.geo.served.streets import Streets

        driving = Driving(load_network(self.files.network), self._offset, self._rules)
        driving.warm_up()
        driving.follow(told.closures)
        self.reach = Reach(driving.router, self._pack)
        self.streets = Streets(driving.router.network)
        self._search.carriageways = Carriageways(driving.router.network)
        self.driving = driving

    def take_speeds(self, learnt: SpeedFile | None, name: str) -> None:
        """Drive at the speeds of a file, or at the table's. Raises `SpeedsBroken`."""
        assert self.driving is not None, "speeds before roads"  # noqa: S101
        source = self.driving.router.network.source
        if learnt is not None and learnt.source != source:
            raise SpeedsBroken(f"{name}: learnt on {learnt.source} roads, these are {source}")
        self.driving.take_speeds(None if learnt is None else speeds_of(learnt, name))
        self.speeds = learnt

    def follow(self, told: Told) -> None:
        """Let names and roads be as the record says."""
        with self._following:
            self._follow(told)

    def _follow(self, told: Told) -> None:
        if told.number < self._followed:
            return
        self._followed = told.number
        if told.aliases is not self._aliases:
            self._aliases = told.aliases
            book, refused = book_of(told.aliases)
            for one in refused:
                _log.error("alias %s", one)
            self._search = self._search.with_aliases(book)
        if self.driving is not None:
            self.driving.follow(told.closures)

    def places(self, words: str, near: Point | None) -> PlacesFound:
        """What the words may mean."""
        return self._search.look_up(words, near, RESULTS_MAX)

    def named(self, point: Point) -> NamedPoint:
        """What is at a point."""
        found = self._search.reverse(point.lat, point.lon)
        area = found.area
        about = ABOUT if area is not None and area.approximate else ""
        return NamedPoint(
            kelurahan=(area.code or None) if area is not None else None,
            label=f"{about}{area.label}" if area is not None else found.outside,
            near=tuple((one.label, one.distance_m) for one in found.near),
        )

    def shown(self, problem: str) -> CityShown:
        """What is said of it; `problem` is of another version, which is not in use."""
        driving, files = self.driving, self.files
        network = driving.router.network if driving is not None else None
        is_synthetic = not isinstance(files, Version)
        licence = "" if is_synthetic else files.manifest.licence
        return CityShown(
            state="loading" if driving is None else "ready",
            version=self.name,
            label=(network.label if network is not None else "")
            or (SYNTHETIC_LABEL if is_synthetic else licence),
            is_synthetic=is_synthetic,
            bounds=self._bounds,
            attribution=licence or SYNTHETIC_LABEL,
            kernel=driving.router.kernel if driving is not None else "",
            has_tiles=bool(self.tiles),
            problem=problem,
            speeds=_shown(self.speeds),
        )

    @property
    def tiles(self) -> str:
        """The path of its map; empty while there is none."""
        if self.files is None or not self.files.tiles.is_file():
            return ""
        return str(self.files.tiles)


def _shown(learnt: SpeedFile | None) -> SpeedsShown | None:
    if learnt is None:
        return None
    return SpeedsShown(
        made_at=learnt.made_at,
        days=learnt.days,
        journeys=learnt.journeys,
        kilometres=learnt.kilometres,
    )


def _bounds(pack: CityPack) -> Bounds:
    box = pack.city.bbox
    return box.lat_min, box.lon_min, box.lat_max, box.lon_max


def _facilities(pack: CityPack, files: VersionFiles | None) -> tuple[MapFacility, ...]:
    """The pack's, which have the city's own names, then those that only the map has."""
    found = list(pack_facilities(pack))
    if not isinstance(files, Version):
        return tuple(found)
    own = list(found)
    for one in load_facilities(files.facilities):
        kind = "clinic" if one.kind is FacilityKind.DOCTORS else one.kind.value
        point = Point(one.lat, one.lon)
        alike = (other.point for other in own if other.kind == kind)
        if all(distance_m(point, other) > SAME_PLACE_M for other in alike):
            found.append(
                MapFacility(key=one.osm, kind=kind, name=one.name, point=point, source="map")
            )
    if len(found) > FACILITIES_MAX:
        _log.warning("%d facilities, of which %d are shown", len(found), FACILITIES_MAX)
    return tuple(found[:FACILITIES_MAX])
