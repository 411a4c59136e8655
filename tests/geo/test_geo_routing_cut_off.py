"""Water around the nearest unit and around the place: what the roads say, and what is promised."""

from datetime import UTC, datetime, timedelta

import pytest
from geo_textbook import lattice

from kentongan.app.city import plans_of
from kentongan.cities.facts import Point
from kentongan.cities.pack import load, packaged
from kentongan.core.candidates import STRAIGHT_LINE, Candidate, Recommendation
from kentongan.core.recommend import Wish, recommend
from kentongan.core.rows import UnitRow
from kentongan.core.travel_times import WALK_M_S, WALK_PROMISED_M
from kentongan.core.words import AgencyKey, UnitId
from kentongan.edge.geo.network.assemble import Piece, assemble
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, RoadNetwork
from kentongan.edge.geo.served.driving import Driving
from kentongan.geography import Journey, RoadClosure, Start

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
OFFSET = timedelta(hours=7)
ARREST = plans_of(load(packaged("semarang"))).natures["MED-01"]
PLACE = Point(0.006, 110.006)
NEAR, FAR = Point(0.006, 110.0085), Point(0.012, 110.012)


def water(key: str, middle: Point, half: float) -> RoadClosure:
    """A square in which every road is shut; `half` of its side in degrees."""
    west, east = middle.lon - half, middle.lon + half
    south, north = middle.lat - half, middle.lat + half
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return RoadClosure(
        id=key, seq=1, geometry={"type": "Polygon", "coordinates": [ring]}, depth_cm=150
    )


def asked(driving: Driving, goal: Point, places: dict[str, Point]) -> list[Journey]:
    """How long each ambulance needs."""
    starts = [
        Start(unit=unit, unit_kind="ambulance_als", point=point) for unit, point in places.items()
    ]
    return list(driving.journeys(1, goal, starts, NOON))


def ranked(journeys: list[Journey]) -> Recommendation:
    """What is proposed to a dispatcher."""
    candidates = [
        Candidate(
            unit=UnitRow(
                key=UnitId(one.unit),
                state="available",
                agency=AgencyKey("dinkes"),
                unit_kind="ambulance_als",
                label=one.unit,
                capabilities=("als", "bls"),
                post="p",
                home=PLACE,
                since=NOON,
            ),
            travel=one.travel,
            walk_m=one.walk_m,
            marks=one.marks,
        )
        for one in journeys
    ]
    return recommend(Wish(nature=ARREST), candidates, NOON)


def test_water_around_the_nearest_unit_sends_the_one_that_can_drive() -> None:
    """Before the flood the near one is first; in it the far one is, and only it is promised."""
    driving = Driving(lattice(8), OFFSET, {})
    units = {"NEAR": NEAR, "FAR": FAR}
    dry = ranked(asked(driving, PLACE, units)).offered
    assert [(one.unit, one.promise is not None) for one in dry] == [("NEAR", True), ("FAR", True)]

    driving.follow({"air": water("air", NEAR, 0.0004)})
    journeys = asked(driving, PLACE, units)
    assert (journeys[0].travel.source, journeys[0].marks) == (STRAIGHT_LINE, ("on_closed",))
    assert journeys[0].travel.seconds_high < journeys[1].travel.seconds_high, "nearer as it flies"
    wet = ranked(journeys).offered
    assert [(one.unit, one.promise is not None) for one in wet] == [("FAR", True), ("NEAR", False)]
    assert "on_closed" in {one.key for one in wet[1].warnings}

    driving.follow({})
    assert ranked(asked(driving, PLACE, units)).offered == dry


def test_water_around_the_place_is_walked_in_the_time_and_not_promised() -> None:
    """The last open road is 600 m away: the crew is not said to be there when the engine stops."""
    driving = Driving(lattice(8), OFFSET, {})
    driving.follow({"air": water("air", PLACE, 0.005)})
    (journey,) = asked(driving, PLACE, {"FAR": Point(0.014, 110.014)})
    assert journey.travel.source == driving.router.source
    assert journey.walk_m > WALK_PROMISED_M
    (one,) = ranked([journey]).offered
    assert one.promise is None
    assert one.eta_s_low == pytest.approx(
        90 + journey.travel.seconds_low + journey.walk_m / WALK_M_S
    )
    assert {"walk_far"} <= {warning.key for warning in one.warnings}


def long_road() -> RoadNetwork:
    """222 km along the equator."""
    pieces = [
        Piece(
            at,
            at + 1,
            (0.0, 0.0, 0.0),
            (110 + at / 10, 110.05 + at / 10, 110.1 + at / 10),
            at,
            KIND_OF["residential"],
            int(BOTH),
        )
        for at in range(1, 21)
    ]
    return assemble(pieces, source="osm", label="long", version="1").network


def test_far_is_not_cut_off() -> None:
    """Hours away by road is told as that and not offered; behind a shut road is another thing."""
    driving = Driving(long_road(), OFFSET, {})
    goal, units = Point(0, 110.15), {"FAR": Point(0, 112.0)}
    (far,) = asked(driving, goal, units)
    assert (far.travel.source, far.marks) == (driving.router.source, ())
    assert far.travel.seconds_low > 7_200
    (told,) = ranked([far]).not_offered
    assert told.reasons[0].key == "too_far"
    driving.follow({"air": water("air", Point(0, 111.05), 0.001)})
    (cut,) = asked(driving, goal, units)
    assert (cut.travel.source, cut.marks) == (STRAIGHT_LINE, ("not_reached",))
