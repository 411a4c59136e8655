"""What the tags of a way or a barrier mean for somebody who comes with a siren.

Only OpenStreetMap's own tagging is judged here, one way at a time: no geometry, no other ways. The
answer is a kind of road with its flags, or the reason why the way is left out, which is counted.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, EdgeFlag
from kentongan.edge.geo.network.sizes import PER_METRE, RESTRICTOR_M, height_limit, weight_limit

NARROW_M: Final = 3.0
"""Narrower than this is a gang: a fire engine (2.5 m and its mirrors) does not get through."""

FOOT_M: Final = 2.0
"""Narrower than this, nothing on four wheels gets through."""

_KM_H_MAX: Final = 255
_MPH: Final = 1.609344

_WALKED: Final = frozenset({"footway", "path"})
_NO: Final = frozenset({"no", "agricultural", "forestry", "military"})
_PRIVATE: Final = frozenset({"private", "delivery", "residents"})
_EMERGENCY: Final = frozenset({"yes", "designated", "official"})
_SAYS_YES: Final = frozenset({"yes", "true", "1"})
_SAYS_BACK: Final = frozenset({"-1", "reverse"})
_CROSSABLE_KINDS: Final = frozenset(
    {"secondary", "tertiary", "unclassified", "residential", "living_street", "service", "road"}
)
_OPENED: Final = frozenset(
    {"gate", "lift_gate", "swing_gate", "sliding_gate", "hampshire_gate", "chain", "rope"}
)
_TWO_WHEELS: Final = frozenset(
    {"bollard", "block", "jersey_barrier", "cycle_barrier", "motorcycle_barrier", "planter"}
    | {"stile", "kissing_gate", "turnstile", "full-height_turnstile", "log", "debris"}
)
_LOW_BRIDGES: Final = frozenset({"no", "low_water_crossing"})
_GANG: Final = re.compile(r"(gang|gg)\b", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(mph|m|km/h|kmh|kph)?\s*$", re.IGNORECASE)


class Drivable(NamedTuple):
    """A kind of road (index of `ROAD_KINDS`), its flags, its limits (`RoadNetwork`)."""

    kind: int
    flags: int
    maxspeed: int
    maxheight: int
    maxweight: int


def drivable(tags: Mapping[str, str]) -> Drivable | str:
    """How the way is driven, or why it is left out."""
    highway = tags.get("highway", "")
    if highway not in KIND_OF or highway in {"gate", "bollard"}:
        return f"highway={highway}"
    if tags.get("area") == "yes":
        return "area"
    if tags.get("footway") in {"sidewalk", "crossing", "traffic_island"}:
        return "pavement"
    allowed = _allowed(highway, tags)
    if isinstance(allowed, str):
        return allowed
    kind, flags = allowed
    direction = _direction(highway, tags)
    if direction == 0:
        return "reversible"
    flags |= direction | _bans(tags)
    if _is_narrow(kind, tags):
        flags |= EdgeFlag.NARROW
    if _is_above(tags):
        flags |= EdgeFlag.BRIDGE
    if tags.get("tunnel", "no") != "no":
        flags |= EdgeFlag.TUNNEL
    if direction != BOTH and highway in _CROSSABLE_KINDS and not _is_round(tags):
        flags |= EdgeFlag.CONTRAFLOW_OK
    maxspeed = _maxspeed(tags.get("maxspeed", ""))
    limits = height_limit(tags), weight_limit(tags)
    return Drivable(KIND_OF[kind], int(flags), maxspeed, *limits)


def _allowed(highway: str, tags: Mapping[str, str]) -> tuple[str, EdgeFlag] | str:
    """The kind that it is driven as and for whom, or why nobody may."""
    emergency = tags.get("emergency", "")
    if emergency == "no":
        return "emergency=no"
    access = _most_specific(tags)
    if emergency in _EMERGENCY:
        is_usual = access not in _NO | _PRIVATE and highway not in {*_WALKED, "pedestrian"}
        kind = "service" if highway in _WALKED else highway
        return kind, EdgeFlag(0) if is_usual else EdgeFlag.EMERGENCY_ONLY
    if highway in _WALKED or _only_two_wheels(tags):
        if tags.get("motorcycle", access) in _NO or (access in _NO and "motorcycle" not in tags):
            return "on foot only"
        return (highway if highway in _WALKED else "path"), EdgeFlag(0)
    if access in _NO:
        return "access=no"
    return highway, EdgeFlag.PRIVATE if access in _PRIVATE else EdgeFlag(0)


def _bans(tags: Mapping[str, str]) -> EdgeFlag:
    """For which sort of vehicle a sign closes it, that is open to others; whoever is let in by
    `emergency=yes` passes the sign."""
    found = EdgeFlag(0)
    if tags.get("emergency") in _EMERGENCY:
        return found
    if tags.get("motorcycle") in _NO:
        found |= EdgeFlag.NO_MOTORCYCLE
    if tags.get("hgv") in _NO:
        found |= EdgeFlag.NO_LORRY
    return found


def _most_specific(tags: Mapping[str, str]) -> str:
    """Access for motor vehicles: the most special tag counts."""
    for key in ("motor_vehicle", "vehicle", "access"):
        if key in tags:
            return tags[key]
    return ""


def _only_two_wheels(tags: Mapping[str, str]) -> bool:
    width = _metres(tags)
    is_slim = width is not None and width < FOOT_M
    is_for_motorcycles = tags.get("motorcycle") in {"yes", "designated", "permissive"}
    return (
        is_slim
        or tags.get("motorcar") == "no"
        or (is_for_motorcycles and _most_specific(tags) in _NO)
    )


def _direction(highway: str, tags: Mapping[str, str]) -> int:
    oneway = tags.get("oneway", "")
    if oneway in _SAYS_BACK:
        return int(EdgeFlag.BACKWARD)
    if oneway == "reversible":
        return 0
    if oneway in _SAYS_YES or _is_round(tags):
        return int(EdgeFlag.FORWARD)
    return int(EdgeFlag.FORWARD if highway == "motorway" and oneway != "no" else BOTH)


def _is_round(tags: Mapping[str, str]) -> bool:
    return tags.get("junction") in {"roundabout", "circular"}


def _is_above(tags: Mapping[str, str]) -> bool:
    """Whether it stands above what it crosses: a bridge that is not made to be under water."""
    if tags.get("bridge", "no") in _LOW_BRIDGES:
        return False
    try:
        return int(tags.get("layer", "1")) > 0
    except ValueError:
        return True


def _is_narrow(kind: str, tags: Mapping[str, str]) -> bool:
    width = _metres(tags)
    return (
        kind in _WALKED
        or tags.get("narrow") == "yes"
        or (width is not None and width < NARROW_M)
        or (width is None and tags.get("service") == "alley")
        or (width is None and _GANG.match(tags.get("name", "")) is not None)
    )


def _metres(tags: Mapping[str, str]) -> float | None:
    """Width in metres, if a number says so."""
    for key in ("maxwidth:physical", "maxwidth", "width", "est_width"):
        found = _NUMBER.match(tags.get(key, ""))
        if found and (found[2] or "m").lower() == "m":
            return float(found[1].replace(",", "."))
    return None


def _maxspeed(text: str) -> int:
    found = _NUMBER.match(text)
    if not found or (found[2] or "").lower() == "m":
        return 0
    value = float(found[1].replace(",", "."))
    if (found[2] or "").lower() == "mph":
        value *= _MPH
    return min(_KM_H_MAX, round(value))


class Barred(NamedTuple):
    """How a barrier is passed: as its `kind` is (`None`: as the road goes on), by what is within
    these limits (`RoadNetwork`)."""

    kind: Literal["gate", "bollard"] | None
    maxheight: int = 0
    maxweight: int = 0


def barred(kind: str, tags: Mapping[str, str]) -> Barred | None:
    """What it means for who drives there; `None` when it stops nobody. A height restrictor that is
    opened for a siren is a gate, any other stops what is higher."""
    is_low = kind == "height_restrictor"
    if is_low and tags.get("emergency") in _EMERGENCY:
        return Barred("gate")
    height = height_limit(tags) or (int(RESTRICTOR_M * PER_METRE) if is_low else 0)
    found = Barred(barrier_kind(kind, tags), height, weight_limit(tags))
    return None if found == Barred(None) else found


def barrier_kind(kind: str, tags: Mapping[str, str]) -> Literal["gate", "bollard"] | None:
    """How a barrier is passed: opened with a delay, on two wheels only, or as if it were none."""
    may_pass = tags.get("emergency") in _EMERGENCY
    if kind in _TWO_WHEELS:
        return "gate" if may_pass or tags.get("bollard") in {"removable", "rising"} else "bollard"
    return "gate" if kind in _OPENED else None
