"""What each vehicle may drive, and how long it takes: weights of the edges in tenths of a second.

A profile is a sort of vehicle, not a unit: five of them cover the fleet. A fire engine does not
enter a gang; a motorcycle ambulance rides gang, footpath and past bollards; who drives without a
siren stays out of private grounds. Whether a siren may drive against a one-way or ignore a turn
restriction is the centre's setting; the default is that it does neither.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.cities.facts import UnitKind
from kentongan.edge.geo.network.assemble import largest_part
from kentongan.edge.geo.network.road_network import KIND_OF, EdgeFlag, RoadNetwork
from kentongan.edge.geo.network.sizes import Size, fits

CLOSED: Final = 1 << 30
"""The weight of what cannot be driven."""

WEIGHT_MAX: Final = 60_000
"""Highest weight without closures, tenths of a second (100 min for one edge). It bounds the
search's buckets; a longer edge is 100 km of motorway or an error of the map."""


class Profile(StrEnum):
    """A sort of vehicle."""

    AMBULANCE = "ambulance"
    FIRE_ENGINE = "fire_engine"
    MOTORCYCLE = "motorcycle"
    POLICE_CAR = "police_car"
    PLAIN = "plain"


PROFILES: Final[tuple[Profile, ...]] = tuple(Profile)


def bit(profile: Profile) -> int:
    """The profile's bit in `RoadNetwork.restricted_for`."""
    return 1 << PROFILES.index(profile)


EVERY_PROFILE: Final = sum(bit(profile) for profile in Profile)

_PROFILE_OF: Final = {
    UnitKind.AMBULANCE_ALS: Profile.AMBULANCE,
    UnitKind.AMBULANCE_BLS: Profile.AMBULANCE,
    UnitKind.AMBULANCE_MOTORCYCLE: Profile.MOTORCYCLE,
    UnitKind.FIRE_ENGINE: Profile.FIRE_ENGINE,
    UnitKind.FIRE_TANKER: Profile.FIRE_ENGINE,
    UnitKind.FIRE_LADDER: Profile.FIRE_ENGINE,
    UnitKind.RESCUE_TRUCK: Profile.FIRE_ENGINE,
    UnitKind.RESCUE_BOAT: Profile.FIRE_ENGINE,  # a truck with a trailer
    UnitKind.POLICE_CAR: Profile.POLICE_CAR,
    UnitKind.POLICE_MOTORCYCLE: Profile.MOTORCYCLE,
    UnitKind.TRAFFIC_CAR: Profile.POLICE_CAR,
    UnitKind.PUBLIC_ORDER_TRUCK: Profile.FIRE_ENGINE,  # a truck: as wide
}


def profile_of(unit_kind: str) -> Profile:
    """How that kind of unit drives; a kind that is not known drives like everybody."""
    try:
        return _PROFILE_OF.get(UnitKind(unit_kind), Profile.PLAIN)
    except ValueError:
        return Profile.PLAIN


class SirenRules(Struct, frozen=True, kw_only=True):
    """What a siren may do here. Law exempts priority vehicles from signs (UU 22/2009 art. 135);
    whether a centre plans with it is its own decision."""

    contraflow: bool = False
    contraflow_slower: float = 2.0
    ignores_turns: bool = False
    motorways: bool = False
    """Whether a motorcycle drives on toll roads, which are closed to it (PP 15/2005 art. 38); all
    others drive there anyway."""

    ignores_bans: bool = False
    """Whether it passes a sign that closes a road to its sort: `motorcycle=no`, `hgv=no`."""

    height_m: float | None = None
    weight_t: float | None = None
    """Of the highest and the heaviest of its sort here; None for what `SIZES` says."""


SIZES: Final = {
    Profile.AMBULANCE: Size(2.8, 3.5),
    Profile.FIRE_ENGINE: Size(3.5, 16.0),
    Profile.MOTORCYCLE: Size(2.0, 0.5),
    Profile.POLICE_CAR: Size(2.2, 2.5),
    Profile.PLAIN: Size(2.0, 2.5),
}
"""How high and heavy each is, laden, unless the centre says. Seeds: measure your own."""


class Band(StrEnum):
    """A part of the day with its own traffic."""

    NIGHT = "night"
    DAY = "day"
    PEAK = "peak"


BANDS: Final[tuple[Band, ...]] = tuple(Band)

_PEAK_HOURS: Final = frozenset({6, 7, 8, 16, 17, 18})


def band_of(hour: int) -> Band:
    """The part of the day of a local hour; the same hours as in `travel`."""
    hour %= 24
    if hour < 5 or hour >= 22:
        return Band.NIGHT
    return Band.PEAK if hour in _PEAK_HOURS else Band.DAY


HOURS: Final = 7 * 24
"""Hours of a week, from Monday 0:00 of the centre's clock."""


def hour_of_week(local: datetime) -> int:
    """Which hour of its week a time of the centre's clock lies in, 0 to 167."""
    return local.weekday() * 24 + local.hour


SPEED_KM_H: Final = {
    "motorway": 80.0,
    "motorway_link": 50.0,
    "trunk": 60.0,
    "trunk_link": 40.0,
    "primary": 45.0,
    "primary_link": 35.0,
    "secondary": 40.0,
    "secondary_link": 30.0,
    "tertiary": 35.0,
    "tertiary_link": 28.0,
    "unclassified": 28.0,
    "residential": 22.0,
    "living_street": 14.0,
    "service": 14.0,
    "road": 20.0,
    "track": 12.0,
    "pedestrian": 8.0,
    "footway": 8.0,
    "path": 10.0,
    "gate": 1.0,
    "bollard": 1.0,
}
"""By day, on each kind of road, km/h. Seeds: the centre's own positions replace them."""

PASSING_S: Final = {"gate": 15.0, "bollard": 3.0}
"""Seconds at a barrier, instead of a length over a speed. Seeds to calibrate."""

FASTER: Final = {
    Profile.AMBULANCE: 1.15,
    Profile.FIRE_ENGINE: 1.0,
    Profile.MOTORCYCLE: 1.2,
    Profile.POLICE_CAR: 1.2,
    Profile.PLAIN: 1.0,
}
"""Speed of a vehicle over the table. Seeds to calibrate."""

BAND_SPEED: Final = {
    Profile.AMBULANCE: (1.2, 1.0, 0.8),
    Profile.FIRE_ENGINE: (1.2, 1.0, 0.75),
    Profile.MOTORCYCLE: (1.1, 1.0, 0.92),
    Profile.POLICE_CAR: (1.2, 1.0, 0.82),
    Profile.PLAIN: (1.25, 1.0, 0.75),
}
"""Speed by night, day and peak over the speed by day. Seeds to calibrate."""

NARROW_KM_H: Final = 10.0
"""What anything on four wheels drives in a gang, at most."""

PRIVATE_KM_H: Final = 10.0
"""On private grounds: they are a goal, not a short cut."""

_CROSSABLE: Final = {  # kinds that only some may drive; all others are open to everybody
    "pedestrian": frozenset(PROFILES) - {Profile.PLAIN},
    "footway": frozenset({Profile.MOTORCYCLE}),
    "path": frozenset({Profile.MOTORCYCLE}),
    "gate": frozenset(PROFILES) - {Profile.PLAIN},
    "bollard": frozenset({Profile.MOTORCYCLE}),
}


_BANNED_BY: Final = {
    Profile.FIRE_ENGINE: EdgeFlag.NO_LORRY,
    Profile.MOTORCYCLE: EdgeFlag.NO_MOTORCYCLE,
}
"""The sign that closes a road to it."""


class Speeds(Struct, frozen=True, kw_only=True, eq=False):
    """Speeds in km/h by profile, kind of road and band (in the order of their tuples), and what
    has been learnt: how much faster than that each is in each hour of the week (1 is as the table).
    """

    km_h: NDArray[np.float64]
    faster: NDArray[np.float64]

    def at(self, profile: Profile, hour: int) -> NDArray[np.float64]:
        """The speed of each kind of road in that hour of the week, km/h."""
        number = PROFILES.index(profile)
        table = self.km_h[number, :, BANDS.index(band_of(hour))]
        learnt: NDArray[np.float64] = table * self.faster[number, :, hour]
        return learnt

    def are_alike(self, profile: Profile, one: int, other: int) -> bool:
        """Whether two hours of the week have the same speeds."""
        return bool(np.array_equal(self.at(profile, one), self.at(profile, other)))


def seed_speeds() -> Speeds:
    """The table above, as long as nothing has been observed."""
    table = np.array(list(SPEED_KM_H.values()))
    each = [
        [table * FASTER[profile] * band for band in BAND_SPEED[profile]] for profile in PROFILES
    ]
    faster = np.ones((len(PROFILES), len(table), HOURS))
    return Speeds(km_h=np.array(each).transpose(0, 2, 1), faster=faster)


class Weights(NamedTuple):
    """Tenths of a second to drive each edge forward and backward; `CLOSED` where it may not."""

    forward: NDArray[np.int32]
    backward: NDArray[np.int32]


def weights(
    network: RoadNetwork,
    profile: Profile,
    hour: int,
    *,
    speeds: Speeds | None = None,
    rules: SirenRules | None = None,
) -> Weights:
    """What each edge costs that profile in that hour of the week.

    Roads from which it could not get anywhere else are closed to it: only the largest connected
    part of what it may drive counts, so that nothing is snapped to an island.
    """
    rules = rules or SirenRules()
    seconds = seconds_of(network, profile, hour, speeds or seed_speeds())
    tenths = np.clip(np.rint(seconds * 10), 1, WEIGHT_MAX).astype(np.int32)
    flags = network.flags
    allowed = may_drive(network, profile, rules)
    forward = allowed & ((flags & EdgeFlag.FORWARD) != 0)
    backward = allowed & ((flags & EdgeFlag.BACKWARD) != 0)
    ends = np.stack((network.tail, network.head), axis=1).astype(np.int64)
    bits = forward * int(EdgeFlag.FORWARD) + backward * int(EdgeFlag.BACKWARD)
    part = largest_part(network.nodes, ends, bits.astype(np.int64))
    inside = part.nodes[network.tail] & part.nodes[network.head]
    there = np.where(forward & inside, tenths, CLOSED)
    back = np.where(backward & inside, tenths, CLOSED)
    if rules.contraflow and profile is not Profile.PLAIN:
        against = allowed & inside & ((flags & EdgeFlag.CONTRAFLOW_OK) != 0)
        slow = np.clip(np.rint(seconds * 10 * rules.contraflow_slower), 1, WEIGHT_MAX)
        there = np.where(against & ~forward, slow, there)
        back = np.where(against & ~backward, slow, back)
    return Weights(there.astype(np.int32), back.astype(np.int32))


def may_drive(
    network: RoadNetwork, profile: Profile, rules: SirenRules | None = None
) -> NDArray[np.bool_]:
    """Which edges that profile may drive at all, in whatever direction."""
    rules = rules or SirenRules()
    closed_kinds = [KIND_OF[kind] for kind, who in _CROSSABLE.items() if profile not in who]
    if profile is Profile.MOTORCYCLE and not rules.motorways:
        closed_kinds += [KIND_OF[kind] for kind in ("motorway", "motorway_link")]
    allowed = ~np.isin(network.kind, closed_kinds)
    usual = SIZES[profile]
    size = Size(rules.height_m or usual.height_m, rules.weight_t or usual.weight_t)
    allowed &= fits(network.maxheight, network.maxweight, size)
    if profile in _BANNED_BY and not rules.ignores_bans:
        allowed &= (network.flags & _BANNED_BY[profile]) == 0
    if profile is Profile.FIRE_ENGINE:
        allowed &= (network.flags & EdgeFlag.NARROW) == 0
    if profile is Profile.PLAIN:
        allowed &= (network.flags & (EdgeFlag.EMERGENCY_ONLY | EdgeFlag.PRIVATE)) == 0
    return allowed


def seconds_of(
    network: RoadNetwork, profile: Profile, hour: int, speeds: Speeds
) -> NDArray[np.float64]:
    """Seconds to drive each edge in that hour of the week, whether or not it may be driven.

    What has been learnt of a kind of road counts for what is signposted, narrow or private, too.
    """
    table = speeds.km_h[PROFILES.index(profile), :, BANDS.index(band_of(hour))]
    km_h = table[network.kind]
    signed = np.minimum(np.maximum(0.8 * network.maxspeed, 5.0), 1.3 * km_h)
    km_h = np.where(network.maxspeed > 0, signed, km_h)
    if profile is not Profile.MOTORCYCLE:
        narrow = (network.flags & EdgeFlag.NARROW) != 0
        km_h = np.where(narrow, np.minimum(km_h, NARROW_KM_H), km_h)
    private = (network.flags & EdgeFlag.PRIVATE) != 0
    km_h = np.where(private, np.minimum(km_h, PRIVATE_KM_H), km_h)
    learnt = speeds.faster[PROFILES.index(profile), :, hour][network.kind]
    seconds = network.length_m / (km_h * learnt / 3.6)
    for kind, passing_s in PASSING_S.items():
        seconds = np.where(network.kind == KIND_OF[kind], passing_s, seconds)
    return seconds.astype(np.float64)
