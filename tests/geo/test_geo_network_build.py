"""The road network out of ways, restrictions and barriers: what is kept, and what is counted."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from geo_textbook import built, lattice

from kentongan.edge.geo.network.access import barrier_kind, drivable
from kentongan.edge.geo.network.build import build_network
from kentongan.edge.geo.network.profiles import EVERY_PROFILE, Profile, bit, may_drive
from kentongan.edge.geo.network.road_network import (
    KIND_OF,
    EdgeFlag,
    NetworkBroken,
    RoadNetwork,
    load,
    save,
)
from kentongan.edge.geo.osm.raw import Barrier, RoadWay, TurnRestriction

PLACES = {1: (0.0, 0.0), 2: (0.0, 0.001), 3: (0.0, 0.002), 4: (0.001, 0.001), 5: (-0.001, 0.001)}


def road(way: int, *nodes: int, **tags: str) -> RoadWay:
    """A residential way over some of the places, unless the tags say otherwise."""
    lats = tuple(PLACES[node][0] for node in nodes)
    lons = tuple(PLACES[node][1] for node in nodes)
    return RoadWay(way, nodes, lats, lons, {"highway": "residential", **tags})


CROSS = [road(10, 1, 2), road(11, 2, 3), road(12, 4, 2), road(13, 2, 5)]


def turn(kind: str, **changes: object) -> TurnRestriction:
    """A restriction from way 10 over node 2 into way 12."""
    plain = TurnRestriction(1, kind, 10, 2, 12, (), conditional=False)
    return plain._replace(**changes)


def flags_of(**tags: str) -> EdgeFlag:
    """The flags that a way with these tags gets."""
    found = drivable({"highway": "residential", **tags})
    assert not isinstance(found, str)
    return EdgeFlag(found.flags)


def kind_of(**tags: str) -> str:
    """The kind of road that a way with these tags becomes, or why it is left out."""
    found = drivable({"highway": "residential", **tags})
    return found if isinstance(found, str) else next(k for k, n in KIND_OF.items() if n == found[0])


def turns(network: RoadNetwork) -> set[tuple[int, int]]:
    """The ways of the turns that are not allowed."""
    return {(int(network.way[a]), int(network.way[b])) for a, _, b in network.restricted}


def test_ways_are_cut_where_they_meet() -> None:
    """A way through a junction becomes two edges that keep its number, in its direction."""
    network, report = build_network([road(10, 1, 2, 3, name="Jalan A"), road(12, 4, 2)])
    assert sorted(network.way.tolist()) == [10, 10, 12]
    assert network.nodes == 4
    assert [network.name_of(edge) for edge in range(3) if network.way[edge] == 10] == [
        "Jalan A"
    ] * 2
    assert network.length_m.tolist() == pytest.approx([111.19] * 3, abs=0.1)
    assert (report.roads_seen, report.roads_kept, report.islands) == (2, 2, 0)


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({}, 3),
        ({"oneway": "yes"}, 1),
        ({"oneway": "-1"}, 2),
        ({"junction": "roundabout"}, 1),
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway", "oneway": "no"}, 3),
    ],
)
def test_directions(tags: dict[str, str], direction: int) -> None:
    """One-ways, both spellings; a roundabout and a motorway are one-way without saying so."""
    assert int(flags_of(**tags)) & 3 == direction


def test_no_siren_drives_against_a_roundabout_or_a_motorway() -> None:
    """Only an ordinary one-way may be driven against where a centre allows it."""
    assert flags_of(oneway="yes") & EdgeFlag.CONTRAFLOW_OK
    for tags in ({"junction": "roundabout"}, {"highway": "motorway"}, {}):
        assert not flags_of(**tags) & EdgeFlag.CONTRAFLOW_OK


@pytest.mark.parametrize(
    ("tags", "is_above"),
    [
        ({"bridge": "yes"}, True),
        ({"bridge": "viaduct", "layer": "2"}, True),
        ({"bridge": "yes", "layer": "unknown"}, True),
        ({"bridge": "yes", "layer": "0"}, False),
        ({"bridge": "low_water_crossing"}, False),
        ({"bridge": "no"}, False),
        ({"layer": "1"}, False),
    ],
)
def test_a_bridge_stands_above_the_water(tags: dict[str, str], is_above: bool) -> None:
    """Unless it is made to be under water, or lies on the ground."""
    assert bool(flags_of(**tags) & EdgeFlag.BRIDGE) is is_above


def test_who_may_enter() -> None:
    """`emergency` overrides, private grounds are for sirens, a closed road is left out."""
    assert kind_of(access="no") == "access=no"
    assert flags_of(access="no", emergency="yes") & EdgeFlag.EMERGENCY_ONLY
    assert flags_of(access="private") & EdgeFlag.PRIVATE
    assert kind_of(access="private", emergency="no") == "emergency=no"
    assert not flags_of(access="private", motor_vehicle="yes") & EdgeFlag.PRIVATE
    assert kind_of(highway="footway", motor_vehicle="no") == "on foot only"
    assert kind_of(highway="footway", access="no", motorcycle="yes") == "footway"
    assert kind_of(motorcar="no") == "path"
    assert kind_of(width="1.5") == "path"
    assert kind_of(highway="footway", footway="sidewalk") == "pavement"
    assert kind_of(highway="proposed") == "highway=proposed"
    assert kind_of(oneway="reversible") == "reversible"


def test_signs_for_one_sort_of_vehicle() -> None:
    """Closed to motorcycles or to lorries and open to others; `emergency=yes` passes the sign."""
    closed = EdgeFlag.NO_MOTORCYCLE | EdgeFlag.NO_LORRY
    assert flags_of(motorcycle="no") & closed == EdgeFlag.NO_MOTORCYCLE
    assert flags_of(hgv="no") & closed == EdgeFlag.NO_LORRY
    assert not flags_of(hgv="destination", motorcycle="yes") & closed
    assert not flags_of(hgv="no", motorcycle="no", emergency="yes") & closed
    assert kind_of(motorcar="no", motorcycle="no") == "on foot only"
    assert kind_of(motor_vehicle="no") == "access=no"
    assert kind_of(motor_vehicle="no", motorcycle="yes") == "path"


@pytest.mark.parametrize(
    ("tags", "limits"),
    [
        ({"maxheight": "3.5"}, (35, 0)),
        ({"maxheight": "3,28 m"}, (32, 0)),
        ({"maxheight": "12'6\""}, (38, 0)),
        ({"maxheight": "4.5", "maxheight:physical": "3"}, (30, 0)),
        ({"maxheight": "default"}, (0, 0)),
        ({"maxheight": "none"}, (0, 0)),
        ({"maxheight": "below_default"}, (30, 0)),
        ({"maxheight": "default", "maxheight:physical": "3.8"}, (38, 0)),
        ({"maxheight": "0"}, (0, 0)),
        ({"maxheight": "99"}, (0, 0)),
        ({"maxweight": "7.5"}, (0, 15)),
        ({"maxweight": "3500 kg"}, (0, 7)),
        ({"maxweight": "3.8 t"}, (0, 7)),
        ({"maxweight": "none"}, (0, 0)),
    ],
)
def test_limits_of_height_and_weight(tags: dict[str, str], limits: tuple[int, int]) -> None:
    """Numbers with their units, rounded down; what is none, or the usual height, is no limit; lower
    than that stops what is higher than a van."""
    found = drivable({"highway": "primary", **tags})
    assert not isinstance(found, str)
    assert (found.maxheight, found.maxweight) == limits
    network = build_network([road(10, 1, 2, **tags), road(11, 2, 3)]).network
    row = int(np.flatnonzero(network.way == 10)[0])
    assert (int(network.maxheight[row]), int(network.maxweight[row])) == limits


def test_what_is_narrow() -> None:
    """A gang by name, by width or as an alley; a wide gang is not narrow."""
    for tags in ({"name": "Gang Mawar"}, {"name": "Gg. III"}, {"width": "2,5"}, {"width": "2.5 m"}):
        assert flags_of(**tags) & EdgeFlag.NARROW, tags
    assert flags_of(highway="service", service="alley") & EdgeFlag.NARROW
    assert not flags_of(name="Gang Mawar", width="4") & EdgeFlag.NARROW
    assert not flags_of(name="Jalan Ganggang") & EdgeFlag.NARROW


def test_speed_limits() -> None:
    """Numbers in km/h and mph; words are no limit."""
    limits = {"50": 50, "30 mph": 48, "walk": 0, "RU:urban": 0, "999": 255}
    for text, km_h in limits.items():
        found = drivable({"highway": "primary", "maxspeed": text})
        assert not isinstance(found, str)
        assert found.maxspeed == km_h


def test_restrictions_become_turns() -> None:
    """ "No" forbids one turn, "only" all others, back into the own way among them."""
    assert turns(build_network(CROSS, [turn("no_left_turn")]).network) == {(10, 12)}
    only = build_network(CROSS, [turn("only_straight_on", to_way=11)]).network
    assert turns(only) == {(10, 10), (10, 12), (10, 13)}
    back = build_network(CROSS, [turn("no_u_turn", to_way=10)]).network
    assert turns(back) == {(10, 10)}


def test_restrictions_bind_whom_they_mean() -> None:
    """`except=emergency` frees every siren, `except=motorcycle` the motorcycle."""
    for free, binds in (
        ((), EVERY_PROFILE),
        (("psv",), EVERY_PROFILE),
        (("emergency",), bit(Profile.PLAIN)),
        (("motorcycle", "bicycle"), EVERY_PROFILE & ~bit(Profile.MOTORCYCLE)),
    ):
        network = build_network(CROSS, [turn("no_left_turn", except_for=free)]).network
        assert network.restricted_for.tolist() == [binds]


def test_restrictions_left_out_are_counted() -> None:
    """Over a way, at certain times, of a missing way, or ambiguous: each by its reason."""
    through = [road(10, 1, 2, 3), road(12, 4, 2), road(13, 2, 5)]
    report = build_network(
        through,
        [
            turn("no_left_turn", via_node=0),
            turn("no_left_turn", conditional=True),
            turn("no_left_turn", to_way=99),
            turn("no_left_turn", to_way=13),
            turn("give_way"),
            turn("no_left_turn", except_for=("emergency", "motor_vehicle")),
        ],
    ).report
    assert report.restrictions_kept == 0
    assert report.restrictions_dropped == {
        "over a way": 1,
        "only at certain times": 1,
        "a way is missing": 1,
        "ambiguous": 1,
        "unknown kind give_way": 1,
        "binds nobody here": 1,
    }


def test_barriers_stand_between_two_pieces() -> None:
    """A gate costs time, a bollard stops cars; both are edges without a length."""
    line = [road(10, 1, 2, 3)]
    for kind in ("gate", "bollard"):
        network, report = build_network(line, barriers=[Barrier(2, kind, {})])
        assert sorted(network.kind.tolist()) == [KIND_OF["residential"]] * 2 + [KIND_OF[kind]]
        assert report.barriers_kept == 1
        assert network.length_m.min() == 0
    report = build_network(
        CROSS, barriers=[Barrier(2, "gate", {}), Barrier(9, "gate", {}), Barrier(1, "kerb", {})]
    ).report
    assert report.barriers_dropped == {"on a junction": 1, "on no road": 1, "stops nobody: kerb": 1}
    assert barrier_kind("bollard", {"bollard": "removable"}) == "gate"


@pytest.mark.parametrize(
    ("kind", "tags", "through"),
    [
        ("height_restrictor", {"maxheight": "2.9"}, {"ambulance", "motorcycle", "police_car"}),
        ("height_restrictor", {}, {"motorcycle", "police_car"}),
        ("height_restrictor", {"maxheight": "4.2"}, {"ambulance", "fire_engine", "motorcycle",
                                                     "police_car"}),
        ("height_restrictor", {"emergency": "yes", "maxheight": "2"},
         {"ambulance", "fire_engine", "motorcycle", "police_car"}),
        ("toll_booth", {"maxheight": "below_default"}, {"ambulance", "motorcycle", "police_car"}),
        ("gate", {"maxweight": "3"}, {"motorcycle", "police_car"}),
    ],
)  # fmt: skip
def test_a_barrier_stops_what_is_too_high_or_too_heavy(
    kind: str, tags: dict[str, str], through: set[str]
) -> None:
    """A height restrictor by its number, else what is higher than a car, unless it is opened for
    who comes; any other barrier by the limits on it."""
    network = build_network([road(10, 1, 2, 3)], barriers=[Barrier(2, kind, tags)]).network
    sirens = set(Profile) - {Profile.PLAIN}
    assert {str(one) for one in sirens if may_drive(network, one).all()} == through


def test_islands_fall_out_and_are_counted() -> None:
    """What cannot be reached there and back is dropped, with its length."""
    far = RoadWay(20, (7, 8), (0.1, 0.1), (0.1, 0.101), {"highway": "residential"})
    dead = road(21, 3, 4, oneway="yes")._replace(nodes=(3, 9))
    network, report = build_network([*CROSS, far, dead])
    assert set(network.way.tolist()) == {10, 11, 12, 13}
    assert report.island_edges == 2
    assert report.island_km == pytest.approx(0.111 + 0.157, abs=0.01)


def test_nothing_to_drive_is_an_error() -> None:
    """No road, or none that leads there and back: a clear error, not an empty network."""
    for roads in ([], [road(1, 1, 2, highway="steps")], [road(1, 1, 2, oneway="yes")]):
        with pytest.raises(NetworkBroken):
            build_network(roads)


def test_neighbours_lie_close_in_memory() -> None:
    """Morton order: along an edge the node number changes little, on the median."""
    network = lattice(30)
    gaps = np.abs(network.head - network.tail)
    assert np.median(gaps) <= 6
    assert (np.diff(network.tail) >= 0).all()


def test_saved_is_loaded_the_same(tmp_path: Path) -> None:
    """Every column, the names and the origin come back as they were."""
    network = lattice(5, turns=3)
    save(network, tmp_path / "roads.npz")
    again = load(tmp_path / "roads.npz")
    for name in RoadNetwork.__struct_fields__:
        assert np.array_equal(getattr(network, name), getattr(again, name)), name


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    """Cut short, something else, numbers that point nowhere: an error with file and fault."""
    path = tmp_path / "roads.npz"
    save(lattice(4, turns=2), path)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"not a network"):
        path.write_bytes(content)
        with pytest.raises(NetworkBroken, match=r"roads\.npz"):
            load(path)
    path.write_bytes(whole)
    with np.load(path) as file:
        columns = {name: file[name] for name in file.files}
    for name, row in (("tail", 0), ("kind", 0), ("restricted", (0, 2))):
        wrong = columns[name].copy()
        wrong[row] = 250
        np.savez(path, **{**columns, name: wrong})
        with pytest.raises(NetworkBroken, match=name):
            load(path)


def test_a_file_of_an_earlier_layout_is_refused(tmp_path: Path) -> None:
    """Flags of eight bits, no limits: never misread, and the words say what to do."""
    path = tmp_path / "roads.npz"
    save(lattice(4), path)
    with np.load(path) as file:
        columns = {name: file[name] for name in file.files}
    header = msgspec.json.decode(columns.pop("header").tobytes()) | {"format": 1}
    columns["header"] = np.frombuffer(msgspec.json.encode(header), dtype=np.uint8)
    columns["flags"] = columns["flags"].astype(np.uint8)
    del columns["maxheight"], columns["maxweight"]
    np.savez(path, **columns)
    with pytest.raises(NetworkBroken, match=r"layout 1, this release reads 2: import .* anew"):
        load(path)


def test_a_real_city_is_built() -> None:
    """Porto Alegre: most of it hangs together, every drop has a reason, shapes fit their ends."""
    network, report = built("porto_alegre")
    assert report.roads_kept + sum(report.roads_dropped.values()) == report.roads_seen
    assert report.island_km < 0.05 * network.length_km
    first = network.shape_lat[network.shape_start[:-1]]
    assert np.array_equal(first, network.node_lat[network.tail])
    assert np.array_equal(
        network.shape_lon[network.shape_start[1:] - 1], network.node_lon[network.head]
    )
