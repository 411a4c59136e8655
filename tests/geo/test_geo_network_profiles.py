"""What each vehicle may drive, how fast, and at which hour."""

import msgspec
import numpy as np
import pytest
from geo_textbook import lattice

from kentongan.cities.facts import UnitKind
from kentongan.edge.geo.network.assemble import Piece, assemble
from kentongan.edge.geo.network.profiles import (
    CLOSED,
    Band,
    Profile,
    SirenRules,
    band_of,
    profile_of,
    weights,
)
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, EdgeFlag, RoadNetwork
from kentongan.edge.geo.travel import speed_km_h

NOON = 12


def with_branch(
    kind: str, flags: int = int(BOTH), maxspeed: int = 0, maxheight: int = 0, maxweight: int = 0
) -> RoadNetwork:
    """A main road, and a branch off it of that kind, the edge with the number 7 as its way."""
    main = [
        Piece(1, 2, (0.0, 0.0), (0.0, 0.01), 1, KIND_OF["primary"], int(BOTH)),
        Piece(2, 3, (0.0, 0.0), (0.01, 0.02), 2, KIND_OF["primary"], int(BOTH)),
        Piece(
            2,
            4,
            (0.0, 0.01),
            (0.01, 0.01),
            7,
            KIND_OF[kind],
            flags,
            "",
            maxspeed,
            maxheight,
            maxweight,
        ),
    ]
    if flags & 3 != 3:  # a one-way needs a way back
        main.append(Piece(4, 2, (0.01, 0.0), (0.01, 0.01), 3, KIND_OF["primary"], int(BOTH)))
    return assemble(main, source="synthetic", label="", version="").network


def times(
    network: RoadNetwork, profile: Profile, hour: int = NOON, **rules: float
) -> tuple[int, int]:
    """Tenths forward and backward on the branch."""
    found = weights(network, profile, hour, rules=msgspec.convert(rules, SirenRules))
    edge = int(np.flatnonzero(network.way == 7)[0])
    return int(found.forward[edge]), int(found.backward[edge])


def who_enters(kind: str, flags: int = int(BOTH)) -> set[str]:
    """The profiles that may drive the branch."""
    network = with_branch(kind, flags)
    return {profile.value for profile in Profile if times(network, profile)[0] < CLOSED}


def test_who_drives_where() -> None:
    """No fire engine in a gang, only motorcycles on footpaths and past bollards, only sirens on
    private grounds, in a pedestrian street and through a gate."""
    every = {profile.value for profile in Profile}
    sirens = every - {"plain"}
    assert who_enters("residential") == every
    assert who_enters("residential", BOTH | EdgeFlag.NARROW) == every - {"fire_engine"}
    assert who_enters("footway", BOTH | EdgeFlag.NARROW) == {"motorcycle"}
    assert who_enters("bollard") == {"motorcycle"}
    assert who_enters("gate") == sirens
    assert who_enters("pedestrian") == sirens
    assert who_enters("service", BOTH | EdgeFlag.PRIVATE) == sirens
    assert who_enters("residential", BOTH | EdgeFlag.EMERGENCY_ONLY) == sirens


def test_motorcycles_stay_off_toll_roads_unless_the_centre_says_otherwise() -> None:
    """All others drive there; a setting of the motorcycles' own opens them."""
    every = {profile.value for profile in Profile}
    for kind in ("motorway", "motorway_link"):
        assert who_enters(kind) == every - {"motorcycle"}
        assert times(with_branch(kind), Profile.MOTORCYCLE, motorways=True)[0] < CLOSED
    assert who_enters("trunk") == every


@pytest.mark.parametrize(
    ("flag", "profile"),
    [(EdgeFlag.NO_MOTORCYCLE, Profile.MOTORCYCLE), (EdgeFlag.NO_LORRY, Profile.FIRE_ENGINE)],
)
def test_a_sign_binds_its_sort_unless_the_centre_says_otherwise(
    flag: EdgeFlag, profile: Profile
) -> None:
    """`motorcycle=no` stops motorcycles, `hgv=no` trucks, and nobody else."""
    every = {profile.value for profile in Profile}
    assert who_enters("residential", BOTH | flag) == every - {profile.value}
    branch = with_branch("residential", BOTH | flag)
    assert times(branch, profile, ignores_bans=True)[0] < CLOSED


def test_low_and_weak_bridges_stop_what_is_higher_or_heavier() -> None:
    """A siren, too; a limit just as high as the vehicle lets it through; the centre's own sizes
    count instead of the usual ones."""
    for branch in (with_branch("primary", maxheight=34), with_branch("primary", maxweight=31)):
        entering = {one for one in Profile if times(branch, one)[0] < CLOSED}
        assert entering == set(Profile) - {Profile.FIRE_ENGINE}
        assert times(branch, Profile.FIRE_ENGINE, ignores_bans=True)[0] == CLOSED
        small = times(branch, Profile.FIRE_ENGINE, height_m=3.0, weight_t=15.5)
        assert small[0] < CLOSED
    just = with_branch("primary", maxheight=35, maxweight=32)
    assert times(just, Profile.FIRE_ENGINE)[0] < CLOSED
    low = with_branch("primary", maxheight=25)
    assert times(low, Profile.AMBULANCE)[0] == CLOSED
    assert times(low, Profile.POLICE_CAR)[0] < CLOSED


def test_roads_without_a_way_back_are_closed_to_a_profile() -> None:
    """Behind a bollard a street is no place to send a car: nothing is snapped to it."""
    pieces = [
        Piece(1, 2, (0.0, 0.0), (0.0, 0.01), 1, KIND_OF["primary"], int(BOTH)),
        Piece(2, 3, (0.0, 0.0), (0.01, 0.02), 2, KIND_OF["primary"], int(BOTH)),
        Piece(2, 5, (0.0, 0.0), (0.01, 0.01), 3, KIND_OF["bollard"], int(BOTH)),
        Piece(5, 4, (0.0, 0.01), (0.01, 0.01), 7, KIND_OF["residential"], int(BOTH)),
    ]
    network = assemble(pieces, source="synthetic", label="", version="").network
    assert times(network, Profile.AMBULANCE) == (CLOSED, CLOSED)
    assert times(network, Profile.MOTORCYCLE)[0] < CLOSED


def test_contraflow_is_a_setting() -> None:
    """Against a one-way only where the centre says so, at half the speed, and only with a siren."""
    network = with_branch("residential", EdgeFlag.FORWARD | EdgeFlag.CONTRAFLOW_OK)
    usual, against = times(network, Profile.AMBULANCE)
    assert against == CLOSED
    assert times(network, Profile.AMBULANCE, contraflow=True) == (
        usual,
        pytest.approx(2 * usual, abs=1),
    )
    assert times(network, Profile.PLAIN, contraflow=True)[1] == CLOSED
    fixed = with_branch("residential", int(EdgeFlag.FORWARD))
    assert times(fixed, Profile.AMBULANCE, contraflow=True)[1] == CLOSED


def test_speeds() -> None:
    """Length over speed; a limit slows, or quickens by a third at most; gates delay."""
    km = 1.112
    plain = times(with_branch("residential"), Profile.PLAIN)[0]
    assert plain == pytest.approx(km / 22 * 36_000, rel=0.01)
    slow = times(with_branch("residential", maxspeed=20), Profile.PLAIN)[0]
    assert slow == pytest.approx(km / 16 * 36_000, rel=0.01)
    fast = times(with_branch("residential", maxspeed=100), Profile.PLAIN)[0]
    assert fast == pytest.approx(plain / 1.3, rel=0.01)
    assert times(with_branch("gate"), Profile.AMBULANCE)[0] == 150


def test_hours() -> None:
    """By night quicker, at the peak slower, a motorcycle the least so; bands as in `travel`."""
    network = with_branch("primary")
    night, day, peak = (times(network, Profile.AMBULANCE, hour)[0] for hour in (2, 12, 17))
    assert night < day < peak
    riders = [times(network, Profile.MOTORCYCLE, hour)[0] for hour in (12, 17)]
    assert riders[1] / riders[0] < peak / day
    speed = {Band.NIGHT: 1.25, Band.DAY: 1.0, Band.PEAK: 0.75}
    for hour in range(24):
        by_day = speed_km_h("police_car", 12)
        assert speed_km_h("police_car", hour) == pytest.approx(by_day * speed[band_of(hour)])


def test_weights_are_whole_tenths() -> None:
    """At least one tenth, and never near the number that means closed."""
    network = lattice(8)
    for profile in Profile:
        for column in weights(network, profile, NOON):
            assert column.dtype == np.int32
            open_ones = column[column < CLOSED]
            assert (open_ones >= 1).all()


def test_every_kind_of_unit_has_a_profile() -> None:
    """Kinds of the pack map to vehicles; an unknown kind drives like everybody."""
    assert profile_of(UnitKind.AMBULANCE_ALS) is Profile.AMBULANCE
    assert profile_of(UnitKind.POLICE_MOTORCYCLE) is Profile.MOTORCYCLE
    assert profile_of(UnitKind.FIRE_LADDER) is Profile.FIRE_ENGINE
    assert profile_of("hovercraft") is Profile.PLAIN
