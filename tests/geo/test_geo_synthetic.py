"""The made-up streets of Semarang: the same everywhere, connected, dry, and honest about it."""

from itertools import pairwise

import numpy as np
import pytest
from shapely import LineString

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.cities.landmarks import LandmarkKind
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.edge.geo.network.build import BuiltNetwork
from kentongan.edge.geo.network.road_network import KIND_OF, EdgeFlag, RoadNetwork
from kentongan.edge.geo.synthetic.network import LABEL, synthetic_network
from kentongan.edge.geo.synthetic.plane import Plane, chance
from kentongan.edge.geo.synthetic.waters import Waters


@pytest.fixture(scope="module")
def pack() -> CityPack:
    return load(packaged())


@pytest.fixture(scope="module")
def built(pack: CityPack) -> BuiltNetwork:
    return synthetic_network(pack)


@pytest.fixture(scope="module")
def network(built: BuiltNetwork) -> RoadNetwork:
    return built.network


def _nearest_m(network: RoadNetwork, point: Point) -> float:
    away = np.hypot(network.node_lat - point.lat, network.node_lon - point.lon)
    nearest = int(np.argmin(away))
    return distance_m(point, Point(network.node_lat[nearest], network.node_lon[nearest]))


def test_it_says_what_it_is(network: RoadNetwork) -> None:
    """Source, label and negative numbers of ways: nobody takes it for a map."""
    assert (network.source, network.label) == ("synthetic", LABEL)
    assert "sintetis" in LABEL
    assert int(network.way.max()) < 0


def test_it_is_the_same_every_time(pack: CityPack, network: RoadNetwork) -> None:
    """No clock and no dice: two makings are equal to the last bit, and chance is a hash."""
    again = synthetic_network(pack).network
    for name in ("node_lat", "node_lon", "tail", "head", "length_m", "way", "kind", "flags"):
        assert np.array_equal(getattr(again, name), getattr(network, name)), name
    assert again.names == network.names
    assert chance("turn", "Sekayu", 7) == chance("turn", "Sekayu", 7)
    assert len({chance(n) for n in range(1_000)}) > 990


def test_it_hangs_together_and_has_the_size_of_a_city(built: BuiltNetwork) -> None:
    """Next to nothing lies on islands; as many junctions as a real city of that size has."""
    assert 10_000 < built.network.nodes < 40_000
    assert built.report.island_km < 0.01 * built.network.length_km


def test_every_real_place_can_be_driven_to(pack: CityPack, network: RoadNetwork) -> None:
    """Centres of kelurahan, hospitals, posts and landmarks: a junction within 400 m of each."""
    places = [one.point for one in (*pack.kelurahan, *pack.hospitals, *pack.posts)]
    far = [point for point in places if _nearest_m(network, point) > 400]
    assert far == []


def test_no_street_is_called_like_a_place(pack: CityPack, network: RoadNetwork) -> None:
    """The way to a place has no name: whoever says "Puskesmas Poncol" means no street."""
    landmarks = [one for one in pack.landmarks if one.kind is not LandmarkKind.STREET]
    places = (*pack.hospitals, *pack.puskesmas, *pack.posts, *landmarks)
    assert {one.name for one in places}.isdisjoint(network.names)
    assert all(name.startswith(("Jalan ", "Gang ")) for name in network.names)


def test_the_sea_is_dry_and_rivers_are_crossed_on_bridges(
    pack: CityPack, network: RoadNetwork
) -> None:
    """No piece of road lies in the sea; whatever crosses a river is a main road's bridge, and
    nothing else is a bridge."""
    plane = Plane(pack.city.centre)
    waters = Waters(pack, plane)
    assert not waters.is_at_sea(plane.places([one.point for one in pack.kelurahan]))
    bridges = 0
    minor = {KIND_OF["residential"], KIND_OF["living_street"], KIND_OF["tertiary"]}
    for edge in range(network.edges):
        line = [plane.place(Point(*place)) for place in network.shape(edge)]
        assert not waters.is_at_sea(np.array(line[1:-1]).reshape(-1, 2))
        is_crossing = any(waters.is_crossed(LineString(pair)) for pair in pairwise(line))
        assert bool(network.flags[edge] & EdgeFlag.BRIDGE) is is_crossing
        if is_crossing:
            assert network.length_m[edge] < 1_000
            assert int(network.kind[edge]) not in minor
            bridges += 1
    assert 4 <= bridges <= 60


def test_gang_are_narrow_and_main_roads_have_real_names(network: RoadNetwork) -> None:
    """A fire engine stays out of a gang; streets of known addresses are where they belong."""
    gang = network.kind == KIND_OF["living_street"]
    assert (network.flags[gang] & EdgeFlag.NARROW).all()
    assert 0.1 < gang.mean() < 0.4
    assert {"Jalan Pemuda", "Jalan Pandanaran", "Jalan Majapahit"} <= set(network.names)
