"""Traccar's three ways to say where something is (traccar.org/osmand, /forward). Pure.

The OsmAnd protocol (query or form; speed in knots), the JSON of Traccar Client from version 9
(speed in m/s), and what a Traccar server forwards of its devices (`forward.type=json`; knots). The
first two name the device by `id`, which is our token; a server's devices are told by `uniqueId`.
"""

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from msgspec import Raw, Struct

from kentongan.core.words import Fix
from kentongan.edge.avl.reports import (
    KNOT,
    Report,
    Unreadable,
    collected,
    fix_of,
    moment_of,
    number_of,
    reader,
)

FIELDS_MAX: Final = 100
"""Fields of a query; Traccar Client sends a dozen."""

NO: Final = frozenset({"0", "false"})


class _Coordinates(Struct):
    latitude: float
    longitude: float
    accuracy: float | None = None
    speed: float | None = None
    heading: float | None = None


class _Location(Struct):
    timestamp: str | float
    coords: _Coordinates


class _FromClient(Struct):
    location: Raw


class _Token(Struct):
    device_id: str = ""


class _Position(Struct):
    latitude: float
    longitude: float
    fixTime: str | float  # noqa: N815 - the name on the wire
    valid: bool = True
    accuracy: float | None = None
    course: float | None = None
    speed: float | None = None


class _Device(Struct):
    uniqueId: str  # noqa: N815 - the name on the wire


class _Forwarded(Struct):
    position: _Position
    device: _Device


_from_client = reader(_FromClient)
_token = reader(_Token)
_location = reader(_Location)
_several = reader(list[Raw])
_forwarded = reader(_Forwarded)


def fields_of(query: str) -> dict[str, str]:
    """The fields of a query in the OsmAnd protocol. Raises `Unreadable` for one that is none."""
    try:
        return dict(parse_qsl(query, max_num_fields=FIELDS_MAX, errors="replace"))
    except ValueError:
        raise Unreadable("query", f"more than {FIELDS_MAX} fields") from None


def token_of_query(fields: dict[str, str]) -> str:
    """The token that a device gave as its identifier, "" when there is none."""
    return fields.get("id") or fields.get("deviceid") or ""


def read_query(fields: dict[str, str], received_at: datetime) -> Report:
    """What the query says."""
    return collected([fields], lambda one: _of_query(one, received_at))


def token_of_client(body: bytes) -> str:
    """The token in the JSON of Traccar Client, "" when there is none; no more of it is read."""
    try:
        return _token(body).device_id
    except Unreadable:
        return ""


def read_client(body: bytes) -> Report:
    """The JSON of Traccar Client. Raises `Unreadable`."""
    raw = bytes(_from_client(body).location)
    parts = _several(raw) if raw.lstrip().startswith(b"[") else [raw]
    return collected(parts, _of_client)


def read_forwarded(body: bytes) -> Report:
    """What a Traccar server passes on of one device. Raises `Unreadable`."""
    said = _forwarded(body)
    report = collected([said.position], _of_server)
    return Report(
        fixes=report.fixes,
        faults=report.faults,
        ignored=report.ignored,
        number=said.device.uniqueId,
    )


def _of_query(fields: dict[str, str], received_at: datetime) -> Fix | None:
    lat, lon = fields.get("lat"), fields.get("lon")
    if lat is None and lon is None and "location" in fields:
        lat, _, lon = fields["location"].partition(",")
    if (lat is None and lon is None) or fields.get("valid", "").lower() in NO:
        return None  # a device without a fix still says that it is there
    if lat is None or lon is None:
        raise Unreadable("lat" if lat is None else "lon", "is missing")
    at = fields.get("timestamp")
    speed = _optional(fields, "speed")
    return fix_of(
        lat=number_of(lat, "lat"),
        lon=number_of(lon, "lon"),
        at=moment_of(at, "timestamp") if at is not None else received_at,
        accuracy_m=_optional(fields, "accuracy"),
        heading_deg=_optional(fields, "bearing", "heading"),
        speed_m_s=speed * KNOT if speed is not None else None,
    )


def _optional(fields: dict[str, str], *names: str) -> float | None:
    for name in names:
        if fields.get(name):
            return number_of(fields[name], name)
    return None


def _of_client(part: bytes | Raw) -> Fix:
    said = _location(part)
    where = said.coords
    return fix_of(
        lat=where.latitude,
        lon=where.longitude,
        at=moment_of(said.timestamp, "timestamp"),
        accuracy_m=where.accuracy,
        heading_deg=where.heading,
        speed_m_s=where.speed,
    )


def _of_server(said: _Position) -> Fix | None:
    if not said.valid:
        return None
    return fix_of(
        lat=said.latitude,
        lon=said.longitude,
        at=moment_of(said.fixTime, "fixTime"),
        accuracy_m=said.accuracy,
        heading_deg=said.course,
        speed_m_s=said.speed * KNOT if said.speed is not None else None,
    )
