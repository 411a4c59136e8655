"""Advanced Mobile Location (ETSI TS 103 625): where a telephone is, told beside an emergency call.

Reads the attribute text of the SMS (`A"ML=1;lt=...`) and the form fields of the HTTPS form of
Android's Emergency Location Service, and is lenient with both: a telephone sends once and is never
asked again, so a field that cannot be read is left out and remarked, and so is a wrong length
(`ml`), which vendors' own examples have. `rd=N` or `pm=N` means that there is no location, also
beside 0/0. A version that is not 1 gives the same attributes other meanings: none is read. Pure.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Final, Literal

from msgspec import Struct

from kentongan.cities.facts import Point

Method = Literal["gnss", "wifi", "cell", "none", "unknown"]
"""How the telephone found out where it is."""

TEXT_CHARACTERS_MAX: Final = 2_000
"""Longest text read; an AML message has 160."""

RADIUS_MAX_M: Final = 1_000_000.0

_HEAD: Final = 'A"ML='
_METHODS: Final[Mapping[str, Method]] = {
    "g": "gnss",
    "gps": "gnss",
    "gnss": "gnss",
    "f": "gnss",  # fused, of the beta of Android
    "w": "wifi",
    "wifi": "wifi",
    "c": "cell",
    "cell": "cell",
    "n": "none",
    "none": "none",
}
_TIME: Final = re.compile(r"\d{14}")
_HMAC_FIELD: Final = b"&hmac="


class AmlUnreadableError(ValueError):
    """It is no AML message at all; the text says why."""


class AmlMessage(Struct, frozen=True, kw_only=True):
    """What was said. `radius_m` holds with `confidence_pct` per cent. `number` is the telephone's
    own, when it came along.

    Remarks: `version_unknown`, `length_differs`, `location_unreadable`, `time_unreadable`.
    """

    version: int
    method: Method
    point: Point | None = None
    radius_m: float | None = None
    measured_at: datetime | None = None
    confidence_pct: int | None = None
    imsi: str = ""
    imei: str = ""
    mcc: str = ""
    mnc: str = ""
    length: int | None = None
    number: str = ""
    remarks: tuple[str, ...] = ()


def read_text(text: str) -> AmlMessage:
    """The attribute text of an SMS. Raises `AmlUnreadableError`."""
    start = text.find(_HEAD)
    if start < 0:
        raise AmlUnreadableError('no A"ML= in it')
    body = text[start : start + TEXT_CHARACTERS_MAX].strip()
    pairs = (part.partition("=") for part in body.removeprefix('A"').split(";"))
    fields = {name.strip().lower(): value.strip() for name, _, value in pairs}
    version = _whole(body[len(_HEAD) :].partition(";")[0])
    length = _whole(body.rpartition(";ml=")[2]) if ";ml=" in body else None
    differs = ("length_differs",) if length is not None and length != len(body) else ()
    if version != 1:
        return AmlMessage(
            version=version or 0, method="unknown", remarks=("version_unknown", *differs)
        )
    method: Method = _METHODS.get(fields.get("pm", "").lower(), "unknown")
    is_nowhere = method == "none" or fields.get("rd", "").upper() == "N"
    point, remarks = _point(fields.get("lt"), fields.get("lg"), is_nowhere=is_nowhere)
    measured_at, slips = _compact_time(fields.get("top"))
    return AmlMessage(
        version=1,
        method=method,
        point=point,
        radius_m=_radius(fields.get("rd")) if point is not None else None,
        measured_at=measured_at,
        confidence_pct=_whole(fields.get("lc")),
        imsi=fields.get("si", "")[:20],
        imei=fields.get("ei", "")[:20],
        mcc=fields.get("mcc", "")[:3],
        mnc=fields.get("mnc", "")[:3],
        length=length,
        remarks=(*remarks, *slips, *differs),
    )


def read_form(fields: Mapping[str, str]) -> AmlMessage:
    """The fields of an HTTPS message; every one may be missing. Times are milliseconds since 1970.

    Raises `AmlUnreadableError` when nothing of it is known.
    """
    if not any(name.startswith(("location_", "device_")) for name in fields):
        raise AmlUnreadableError("no field of an HTTPS message in it")
    method: Method = _METHODS.get(fields.get("location_source", "").lower(), "unknown")
    latitude, longitude = fields.get("location_latitude"), fields.get("location_longitude")
    point, remarks = _point(latitude, longitude, is_nowhere=not (latitude and longitude))
    measured_at, slips = _unix_time(fields.get("location_time") or fields.get("time"))
    share = _number(fields.get("location_confidence"))
    if share is not None and 0 < share <= 1:
        share *= 100
    return AmlMessage(
        version=_whole(fields.get("v", "")) or 1,
        method=method,
        point=point,
        radius_m=_radius(fields.get("location_accuracy")) if point is not None else None,
        measured_at=measured_at,
        confidence_pct=None if share is None else round(share),
        imsi=fields.get("device_imsi", "")[:20],
        imei=fields.get("device_imei", "")[:20],
        mcc=fields.get("cell_network_mcc", "")[:3],
        mnc=fields.get("cell_network_mnc", "")[:3],
        number=fields.get("device_number", "")[:32],
        remarks=(*remarks, *slips),
    )


def is_signed(body: bytes, key: bytes) -> bool:
    """Whether the body's last field is its HMAC-SHA1 (hex) under that key, over what is before."""
    signed, found, given = body.rpartition(_HMAC_FIELD)
    if not found:
        return False
    expected = hmac.new(key, signed, hashlib.sha1).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower())


def _point(
    latitude: str | None, longitude: str | None, *, is_nowhere: bool
) -> tuple[Point | None, tuple[str, ...]]:
    if is_nowhere:
        return None, ()
    lat, lon = _number(latitude), _number(longitude)
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None, ("location_unreadable",)
    if (lat, lon) == (0.0, 0.0):  # what a receiver says that knows nothing
        return None, ("location_unreadable",)
    return Point(lat, lon), ()


def _radius(text: str | None) -> float | None:
    radius = _number(text)
    return radius if radius is not None and 0 <= radius <= RADIUS_MAX_M else None


def _compact_time(text: str | None) -> tuple[datetime | None, tuple[str, ...]]:
    """`YYYYMMDDhhmmss` in UTC."""
    if not text:
        return None, ()
    try:
        if not _TIME.fullmatch(text):
            raise ValueError(text)
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC), ()
    except ValueError:
        return None, ("time_unreadable",)


def _unix_time(text: str | None) -> tuple[datetime | None, tuple[str, ...]]:
    if not text:
        return None, ()
    number = _number(text)
    try:
        if number is None:
            raise ValueError(text)
        return datetime.fromtimestamp(number / 1000, UTC), ()
    except (ValueError, OverflowError, OSError):
        return None, ("time_unreadable",)


def _number(text: str | None) -> float | None:
    try:
        number = float((text or "").strip())
    except ValueError:
        return None
    return number if isfinite(number) else None


def _whole(text: str | None) -> int | None:
    stripped = (text or "").strip()
    return (
        int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 10 else None
    )
