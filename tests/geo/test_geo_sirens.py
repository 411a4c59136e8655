"""What a siren may do, from the settings to the way that is drawn."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from geo_served_room import NOW

from kentongan.cities.facts import Point
from kentongan.edge.geo.network.assemble import Piece, Turn, assemble
from kentongan.edge.geo.network.profiles import EVERY_PROFILE
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, EdgeFlag, RoadNetwork
from kentongan.edge.geo.served.driving import Driving
from kentongan.geography import Route, Start
from kentongan.serve.geo_serve import siren_rules
from kentongan.settings import SettingsError, load_settings

WIB = timedelta(hours=7)
FROM, TO = Point(0.0, 110.009), Point(0.0, 110.001)
STREET = KIND_OF["residential"]


def one_way_and_detour() -> RoadNetwork:
    """A one-way of a kilometre along the equator, and a way around it, three times as long."""
    against = int(EdgeFlag.FORWARD | EdgeFlag.CONTRAFLOW_OK)
    straight = Piece(1, 2, (0.0, 0.0), (110.0, 110.01), 1, STREET, against, "Jalan Searah")
    around = Piece(
        2, 1, (0.0, 0.01, 0.01, 0.0), (110.01, 110.01, 110.0, 110.0), 2, STREET, int(BOTH)
    )
    return assemble([straight, around], source="osm", label="", version="1").network


def forbidden_turn() -> RoadNetwork:
    """A crossing at which nobody may turn from the first street into the second, but around."""
    first = Piece(1, 2, (0.0, 0.0), (110.01, 110.005), 1, STREET, int(BOTH))
    second = Piece(2, 3, (0.0, 0.0), (110.005, 110.0), 2, STREET, int(BOTH))
    around = Piece(1, 3, (0.0, 0.01, 0.0), (110.01, 110.005, 110.0), 3, STREET, int(BOTH))
    turn = Turn(0, 2, 1, EVERY_PROFILE)
    return assemble([first, second, around], [turn], source="osm", label="", version="1").network


def way(network: RoadNetwork, kind: str, environment: Mapping[str, str]) -> Route:
    """The way of such a unit with these settings."""
    driving = Driving(network, WIB, siren_rules(load_settings(None, environment)))
    (found,) = driving.routes(0, TO, [Start(unit="U", unit_kind=kind, point=FROM)], NOW)
    assert found.travel.source == "road_network"
    return found


@pytest.mark.parametrize(
    ("network", "setting"),
    [(one_way_and_detour(), "CONTRAFLOW"), (forbidden_turn(), "IGNORES_TURNS")],
)
def test_a_setting_changes_the_way_of_its_sort_alone(network: RoadNetwork, setting: str) -> None:
    """By default all drive around; set for ambulances they take the short way, engines do not."""
    usual = way(network, "ambulance_als", {})
    assert max(lat for lat, _ in usual.points) > 0.005
    environment = {f"KENTONGAN_GEO__AMBULANCE__{setting}": "true"}
    short = way(network, "ambulance_als", environment)
    assert {lat for lat, _ in short.points} == {0.0}
    assert short.travel.distance_m == pytest.approx(0.008 * 111_195, rel=0.01)
    for kind in ("fire_engine", "transport_car"):
        assert way(network, kind, environment).points == way(network, kind, {}).points


def low_bridge_and_detour() -> RoadNetwork:
    """A street under a bridge of three metres, and a way around it, three times as long."""
    straight = Piece(1, 2, (0.0, 0.0), (110.0, 110.01), 1, STREET, int(BOTH), maxheight=30)
    around = Piece(
        2, 1, (0.0, 0.01, 0.01, 0.0), (110.01, 110.01, 110.0, 110.0), 2, STREET, int(BOTH)
    )
    return assemble([straight, around], source="osm", label="", version="1").network


def test_the_height_that_is_set_leads_under_the_bridge() -> None:
    """A truck of usual height drives around it; one as low as is set drives under it."""
    network = low_bridge_and_detour()
    goal_is_there = way(network, "ambulance_als", {})
    assert {lat for lat, _ in goal_is_there.points} == {0.0}
    assert max(lat for lat, _ in way(network, "fire_engine", {}).points) > 0.005
    low = {"KENTONGAN_GEO__FIRE_ENGINE__HEIGHT_M": "2.9"}
    assert way(network, "fire_engine", low).points == goal_is_there.points


def test_against_a_one_way_is_slower() -> None:
    """So many times as the setting says."""
    network, name = one_way_and_detour(), "KENTONGAN_GEO__AMBULANCE__CONTRAFLOW"
    twice, four = (
        way(network, "ambulance_als", {name: "true", f"{name}_SLOWER": slower})
        for slower in ("2", "4")
    )
    assert twice.points == four.points
    assert four.travel.seconds_low == pytest.approx(2 * twice.travel.seconds_low, rel=0.01)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("AMBULANCE__CONTRAFLOW_SLOWER", "0.5", "geo.ambulance.contraflow_slower must be 1 to 10"),
        ("POLICE_CAR__CONTRAFLOW_SLOWER", "nan", "geo.police_car.contraflow_slower"),
        ("FIRE_ENGINE__HEIGHT_M", "35", "geo.fire_engine.height_m must be 0.5 to 10"),
        ("FIRE_ENGINE__WEIGHT_T", "nan", "geo.fire_engine.weight_t must be 0.1 to 100"),
        ("PLAIN__CONTRAFLOW", "true", "plain"),
        ("AMBULANCE__FLIES", "true", "flies"),
        ("AMBULANCE__IGNORES_TURNS", "perhaps", "ignores_turns"),
    ],
)
def test_settings_that_cannot_be(name: str, value: str, fault: str) -> None:
    """Each is refused by its name."""
    with pytest.raises(SettingsError, match=fault):
        load_settings(None, {f"KENTONGAN_GEO__{name}": value})
