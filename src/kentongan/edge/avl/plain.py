"""Our own plain JSON: for whoever writes a tracker for us, over HTTP and WebSocket. Pure.

A position is `{"lat", "lon", "at"?, "accuracy_m"?, "heading_deg"?, "speed_m_s"?}`; a message is one
position, a list of them, or `{"fixes": [...], "sent_at"?}`. `at` is ISO 8601 or seconds since 1970;
without it the position was measured when it arrived. `sent_at`, by the device's own clock, lets us
correct that clock.
"""

from datetime import datetime

from msgspec import Raw, Struct

from kentongan.core.words import Fix
from kentongan.edge.avl.reports import Report, collected, fix_of, moment_of, reader


class _Position(Struct):
    lat: float
    lon: float
    at: str | float | None = None
    accuracy_m: float | None = None
    heading_deg: float | None = None
    speed_m_s: float | None = None


class _Several(Struct):
    fixes: list[Raw] | None = None
    sent_at: str | float | None = None


_position = reader(_Position)
_list = reader(list[Raw])
_several = reader(_Several)


def read(body: bytes, received_at: datetime) -> Report:
    """What the device said; raises `Unreadable` when it is no such message at all."""
    if body.lstrip().startswith(b"["):
        return collected(_list(body), lambda one: _one(one, received_at))
    said = _several(body)
    if said.fixes is None:
        return collected([body], lambda one: _one(one, received_at))
    sent_at = moment_of(said.sent_at, "sent_at") if said.sent_at is not None else None
    return collected(said.fixes, lambda one: _one(one, received_at), sent_at)


def _one(part: bytes | Raw, received_at: datetime) -> Fix:
    said = _position(part)
    return fix_of(
        lat=said.lat,
        lon=said.lon,
        at=moment_of(said.at, "at") if said.at is not None else received_at,
        accuracy_m=said.accuracy_m,
        heading_deg=said.heading_deg,
        speed_m_s=said.speed_m_s,
    )
