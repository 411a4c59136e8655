"""The way from where a unit stands to the road that it is reckoned from."""

import math

import pytest
from test_geo_routing_router import KERNELS, LINE

from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.routing.ranking import Kernel, Mark
from kentongan.edge.geo.routing.router import Router


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_way_to_the_road_counts(kernel: Kernel) -> None:
    """Who stands in a field is not on the road that is nearest to it: the way there costs time, is
    in the metres and in the drawing, and widens the range; nobody comes nearer than straight."""
    router = Router(LINE, kernel=kernel)
    places = {"field": (0.012, 110.015), "aside": (0.0015, 110.015), "road": (0.0001, 110.004)}
    for name, (lat, lon) in places.items():
        router.place_unit(name, lat, lon, Profile.AMBULANCE)
    goal = (0, 110.015)
    ranking = router.nearest(*goal, 5)
    assert [drive.unit for drive in ranking.found] == ["aside", "road", "field"]
    by_name = {drive.unit: drive for drive in ranking.found}
    for name, drive in by_name.items():
        lat, lon = places[name]
        straight_m = math.hypot(lat, lon - goal[1]) * 111_195
        assert drive.distance_m + drive.walk_m >= straight_m * 0.999
        way = router.path(name, *goal)
        assert way is not None
        assert (way.seconds, way.distance_m) == (drive.seconds, drive.distance_m)
        assert way.points[0] == pytest.approx((lat, lon), abs=2e-4)
    field, aside, road = by_name["field"], by_name["aside"], by_name["road"]
    assert Mark.FAR_SNAP in field.marks
    assert Mark.FAR_SNAP not in aside.marks
    assert field.seconds == pytest.approx((0.012 * 111_195 - 20) * 1.6 / (10 / 3.6), abs=0.2)
    for wide in (field, aside):
        assert wide.seconds_high / wide.seconds > road.seconds_high / road.seconds
        assert wide.seconds_low / wide.seconds < road.seconds_low / road.seconds
    seconds = router.etas(*goal)
    assert dict(zip(seconds.units, seconds.seconds.tolist(), strict=True)) == {
        name: drive.seconds for name, drive in by_name.items()
    }


@pytest.mark.parametrize("kernel", KERNELS)
def test_who_is_on_the_road_loses_no_time_getting_there(kernel: Kernel) -> None:
    """A road's own width and the error of a position are no way to it."""
    router = Router(LINE, kernel=kernel)
    for name, lat in (("middle", 0.0), ("kerb", 0.00017), ("yard", 0.0003)):
        router.place_unit(name, lat, 110.004, Profile.AMBULANCE)
    seconds = {drive.unit: drive.seconds for drive in router.nearest(0, 110.02, 3).found}
    assert seconds["kerb"] == seconds["middle"] < seconds["yard"]


@pytest.mark.parametrize("kernel", KERNELS)
def test_who_stands_nearer_than_the_road_goes_straight(kernel: Kernel) -> None:
    """At a place 45 m from the road a unit is there, and one 10 m beside it walks these: neither
    drives to the road and is walked back from it. It is first whoever else is wanted, and one on
    the road walks from the road as ever."""
    router = Router(LINE, kernel=kernel)
    goal = (0.0004, 110.004)
    places = {"there": goal, "beside": (0.0004, 110.00409), "road": (0.0, 110.004)}
    for name, (lat, lon) in places.items():
        router.place_unit(name, lat, lon, Profile.AMBULANCE, heading=90)
    found = {drive.unit: drive for drive in router.nearest(*goal, 3).found}
    assert list(found) == ["there", "beside", "road"]
    there, beside, road = found.values()
    assert (there.seconds, there.marks) == (0, (Mark.BESIDE,))
    assert there.there_s == pytest.approx(0, abs=0.01)
    assert (beside.seconds, beside.distance_m) == (0, 0)
    assert beside.walk_m == pytest.approx(0.00009 * 111_195, rel=0.02)
    assert road.walk_m == pytest.approx(0.0004 * 111_195, rel=0.02)
    assert [drive.unit for drive in router.nearest(*goal, 1).found] == ["there"]
    way = router.path("beside", *goal)
    assert way is not None
    assert (way.seconds, way.walk_m) == (0, beside.walk_m)
    assert way.points == (places["beside"], goal)
    times = router.etas(*goal)
    assert dict(zip(times.units, times.seconds.tolist(), strict=True)) == {
        name: drive.seconds for name, drive in found.items()
    }
