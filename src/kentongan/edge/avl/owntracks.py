"""OwnTracks in HTTP mode: one JSON object per position (owntracks.org, "JSON"). Pure.

`_type: location` is a position; every other type (waypoints, transitions, status, a last will) is
ignored, as is an empty message. Encrypted messages cannot be read here: TLS protects them already.
Accuracy is in metres, speed in km/h, course in degrees, `tst` in seconds since 1970.
"""

from typing import Final

from msgspec import Raw, Struct, field

from kentongan.core.words import Fix
from kentongan.edge.avl.reports import (
    KM_H,
    Report,
    Unreadable,
    collected,
    fix_of,
    moment_of,
    reader,
)

OTHERS: Final = frozenset(
    {
        "beacon", "card", "cmd", "configuration", "dump", "lwt", "request", "status", "steps",
        "transition", "waypoint", "waypoints",
    }
)  # fmt: skip
"""Types that are no position and no fault."""


class _Kind(Struct):
    type: str = field(name="_type", default="")


class _Location(Struct):
    lat: float
    lon: float
    tst: float
    acc: float | None = None
    cog: float | None = None
    vel: float | None = None


_kind = reader(_Kind)
_location = reader(_Location)
_several = reader(list[Raw])


def read(body: bytes) -> Report:
    """What the telephone said; raises `Unreadable` when it is no JSON at all."""
    if not body.strip():
        return Report(ignored=1)
    parts = _several(body) if body.lstrip().startswith(b"[") else [body]
    return collected(parts, _one)


def _one(part: bytes | Raw) -> Fix | None:
    kind = _kind(part).type
    if kind in OTHERS:
        return None
    if kind == "encrypted":
        raise Unreadable("_type", "encrypted messages cannot be read: leave the secret key empty")
    if kind != "location":
        raise Unreadable("_type", "must be location")
    said = _location(part)
    return fix_of(
        lat=said.lat,
        lon=said.lon,
        at=moment_of(said.tst, "tst"),
        accuracy_m=said.acc,
        heading_deg=said.cog,
        speed_m_s=said.vel * KM_H if said.vel is not None else None,
    )
