"""The road network of a city of which only a pack is known: plausible, everywhere the same.

Real are the places: centres of kelurahan, landmarks, hospitals, posts, rivers. Made up is every
road. It lets everything that drives, draws and searches work before a map was imported, and it
says so wherever it is used (`LABEL`). The pieces go through the same builder as a real extract.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import numpy as np
from msgspec import structs
from shapely import LineString

from kentongan.cities.facts import Point
from kentongan.cities.landmarks import LandmarkKind
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.network.build import BuiltNetwork, build_network
from kentongan.edge.geo.osm.raw import RoadWay
from kentongan.edge.geo.synthetic.arterials import Arterial, arterials_of
from kentongan.edge.geo.synthetic.near import Near
from kentongan.edge.geo.synthetic.plane import Places, Plane
from kentongan.edge.geo.synthetic.streets import SPACING_M, quarter
from kentongan.edge.geo.synthetic.waters import Waters

LABEL: Final = "jaringan jalan sintetis: impor OpenStreetMap untuk pemakaian nyata"
"""What every screen and every reason says about it."""

JOIN_M: Final = 1.5 * SPACING_M
"""A corner this near to an arterial road has a way to it."""

DRIVEWAY_M: Final = 1_500.0
"""A landmark, hospital or post this near to a street has a way to it; further off it lies alone."""

NEAR_CORNERS: Final = 6
"""Corners tried for a driveway that does not cross a river."""

NAMED_M: Final = 800.0
"""An address gives its street's name to a main road that passes this near."""

_STREET = re.compile(r"^(?:Jl\.?|Jalan)\s+([^,\d(/]{3,40})")
_BEYOND = re.compile(r"\s+(?:No|Nomor|Km|Gg|Gang)\.?\s*$|\s+(?:Gg|Gang)\.?\s.*$", re.IGNORECASE)


def synthetic_network(pack: CityPack) -> BuiltNetwork:
    """The whole network, `source="synthetic"`; ways have negative numbers.

    Raises `NetworkBroken` for a pack with fewer than three kelurahan in different places.
    """
    built = build_network(_Sketch(pack).roads(), label=LABEL, version=f"synthetic-{pack.city.key}")
    return built._replace(network=structs.replace(built.network, source="synthetic"))


class _Sketch:
    """Corners with numbers, and roads through them, while they are being drawn."""

    def __init__(self, pack: CityPack) -> None:
        self._pack = pack
        self._plane = Plane(pack.city.centre)
        self._waters = Waters(pack, self._plane)
        self._corners: list[tuple[float, float]] = []
        self._roads: list[RoadWay] = []

    def roads(self) -> list[RoadWay]:
        """Everything there is to drive on."""
        kelurahan = self._pack.kelurahan
        centres = self._plane.places([one.point for one in kelurahan])
        numbers = [self._corner(place) for place in centres]
        mains = self._draw_arterials(centres, numbers)
        tree, places = Near(centres), np.array([self._corners[main - 1] for main in mains])
        _, owners = tree.nearest(places)
        for number, one in enumerate(kelurahan):
            near = [main for main, owner in zip(mains, owners, strict=True) if owner == number]
            self._draw_quarter(number, one.name, tree, near)
        self._draw_driveways()
        return self._roads

    def _corner(self, place: Sequence[float]) -> int:
        self._corners.append((float(place[0]), float(place[1])))
        return len(self._corners)

    def _road(self, corners: Sequence[int], kind: str, name: str = "", **tags: str) -> None:
        points = [self._plane.point(*self._corners[corner - 1]) for corner in corners]
        self._roads.append(
            RoadWay(
                way=-1 - len(self._roads),
                nodes=tuple(corners),
                lats=tuple(point.lat for point in points),
                lons=tuple(point.lon for point in points),
                tags={"highway": kind, "name": name, **tags},
            )
        )

    def _draw_arterials(self, centres: Places, numbers: list[int]) -> list[int]:
        """The main roads; the corners along them, where others may join."""
        code = {one.code: number for number, one in enumerate(self._pack.kelurahan)}
        hubs = [self._hub(kecamatan.point, centres) for kecamatan in self._pack.kecamatan]
        mains = arterials_of(centres, sorted(set(hubs)), self._waters)
        names = self._names_for(mains)
        labels = {number: self._pack.kelurahan_by_code[key].name for key, number in code.items()}
        joints: list[int] = list(numbers)
        for number, main in enumerate(mains):
            inner = [self._corner(place) for place in main.line[1:-1]]
            joints += inner
            name = names.get(number, f"Jalan {labels[main.a]}–{labels[main.b]}")
            corners = [numbers[main.a], *inner, numbers[main.b]]
            for start, end, is_bridge in _runs(main.bridges):
                tags = {"bridge": "yes"} if is_bridge else {}
                self._road(corners[start : end + 1], main.kind, name, **tags)
        return joints

    def _hub(self, point: Point, centres: Places) -> int:
        return int(Near(centres).nearest(np.array(self._plane.place(point)))[1])

    def _names_for(self, mains: list[Arterial]) -> dict[int, str]:
        """Real street names of addresses, each on the main road that passes nearest."""
        lines = [LineString(main.line) for main in mains]
        named: dict[int, str] = {}
        taken: set[str] = set()
        for name, point in _addresses(self._pack):
            place = LineString([point_ := self._plane.place(point), point_])
            away = [line.distance(place) for line in lines]
            nearest = int(np.argmin(away))
            if name not in taken and nearest not in named and away[nearest] <= NAMED_M:
                named[nearest] = name
                taken.add(name)
        return named

    def _draw_quarter(self, number: int, name: str, centres: Near, mains: list[int]) -> None:
        drawn = quarter(number, name, centres, self._waters)
        if not len(drawn.corners):
            return
        own = [self._corner(place) for place in drawn.corners]
        for street in drawn.streets:
            width = {"width": "2.5"} if street.kind == "living_street" else {}
            self._road(
                [own[corner] for corner in street.corners], street.kind, street.name, **width
            )
        used = sorted({corner for street in drawn.streets for corner in street.corners})
        if used:
            self._join(name, Near(drawn.corners[used]), [own[corner] for corner in used], mains)

    def _join(self, name: str, corners: Near, own: list[int], mains: list[int]) -> None:
        """Short ways from the main roads that pass to the nearest corner."""
        places = np.array([self._corners[main - 1] for main in mains])
        away, nearest = corners.nearest(places, JOIN_M)
        joined = np.flatnonzero(away < JOIN_M)
        ends = np.stack([places[joined], corners.places[nearest[joined]]], axis=1)
        for main, is_crossed in zip(joined.tolist(), self._waters.crossed(ends), strict=True):
            if not is_crossed:
                pair = [mains[main], own[int(nearest[main])]]
                self._road(pair, "residential", f"Jalan Masuk {name}")

    def _draw_driveways(self) -> None:
        """From hospitals, posts and landmarks to the nearest corner on the same side of a river;
        without a name: whoever says that of the place means the place, and no street has it."""
        used = sorted({corner for road in self._roads for corner in road.nodes})
        corners = Near(np.array([self._corners[corner - 1] for corner in used]))
        for point in _destinations(self._pack):
            here = np.array(self._plane.place(point))
            _, found = corners.some(here, NEAR_CORNERS, DRIVEWAY_M)
            ends = np.stack([np.broadcast_to(here, (len(found), 2)), corners.places[found]], axis=1)
            dry = found[~self._waters.crossed(ends)]
            if len(dry):
                self._road([self._corner(here.tolist()), used[int(dry[0])]], "service")


def _runs(bridges: Sequence[bool]) -> Iterator[tuple[int, int, bool]]:
    """The steps of a road in runs that are bridge or are none: first and last corner."""
    start = 0
    for is_bridge, steps in groupby(bridges):
        end = start + len(list(steps))
        yield start, end, is_bridge
        start = end


def _destinations(pack: CityPack) -> Iterator[Point]:
    for group in (pack.hospitals, pack.puskesmas, pack.posts, pack.landmarks):
        yield from (
            one.point for one in group if getattr(one, "kind", None) is not LandmarkKind.STREET
        )


def _addresses(pack: CityPack) -> Iterator[tuple[str, Point]]:
    for group in (pack.landmarks, pack.hospitals, pack.puskesmas):
        for one in group:
            found = _STREET.match(one.address or "")
            if found is not None:
                yield f"Jalan {_BEYOND.sub('', found[1].strip())}", one.point
