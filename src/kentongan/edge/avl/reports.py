"""What a device said, once it is read: fixes, what was ignored, and what could not be read. Pure.

Every format becomes a `Report`. A fault names its field and costs only the fix in which it stands.
What a device may leave out or say to mean "unknown" (an accuracy of 0, a heading of -1) is unknown,
not a fault; a place or a time that cannot be is one.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.positions import YEARS
from kentongan.core.words import Fix

FIXES_MAX: Final = 1_000
"""Fixes in one message: what a telephone gathers in a tunnel, many times over."""

KM_H: Final = 1 / 3.6
"""Metres a second in a kilometre an hour."""

KNOT: Final = 1_852 / 3_600
"""Metres a second in a knot (ISO 80000-3)."""

MILLISECONDS_FROM: Final = 10_000_000_000
"""A number of seconds since 1970 this large would be the year 2286; it is milliseconds."""

FAULT_CHARACTERS_MAX: Final = 200

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(Exception):  # noqa: N818 - an answer to a device
    """This cannot be read; `field` says where, `why` in a few words."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}"[:FAULT_CHARACTERS_MAX])
        self.field = field
        self.why = why


class Report(Struct, frozen=True, kw_only=True):
    """One message. `sent_at` is the device's own time of sending; `number` names the device to the
    tracking server that passes this on; `ignored` counts what is no position and no fault.
    """

    fixes: tuple[Fix, ...] = ()
    faults: tuple[Unreadable, ...] = ()
    ignored: int = 0
    sent_at: datetime | None = None
    number: str | None = None


def fix_of(
    *,
    lat: float,
    lon: float,
    at: datetime,
    accuracy_m: float | None = None,
    heading_deg: float | None = None,
    speed_m_s: float | None = None,
) -> Fix:
    """The fix; `Unreadable` for a place that is none."""
    if not (isfinite(lat) and abs(lat) <= 90):
        raise Unreadable("lat", "must be -90 to 90")
    if not (isfinite(lon) and abs(lon) <= 180):
        raise Unreadable("lon", "must be -180 to 180")
    return Fix(
        point=Point(lat, lon),
        at=at,
        accuracy_m=_known(accuracy_m, 0.001, 1e7),
        heading_deg=_known(heading_deg, 0.0, 360.0),
        speed_m_s=_known(speed_m_s, 0.0, 1_000.0),
    )


def moment_of(value: float | str, field: str) -> datetime:
    """A time from seconds or milliseconds since 1970, or ISO 8601 (UTC where it says no zone)."""
    if isinstance(value, str):
        text = value.strip()
        try:
            number = float(text)
        except ValueError:
            return _iso(text, field)
        return moment_of(number, field)
    if not isfinite(value):
        raise Unreadable(field, "is no time")
    seconds = value / 1_000 if abs(value) >= MILLISECONDS_FROM else value
    try:
        at = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        raise Unreadable(field, "is no time") from None
    return _of_our_time(at, field)


def number_of(text: str, field: str) -> float:
    """A finite number from text."""
    try:
        value = float(text)
    except ValueError:
        raise Unreadable(field, "is no number") from None
    if not isfinite(value):
        raise Unreadable(field, "is no number")
    return value


def reader(kind: type[T]) -> Callable[[bytes | msgspec.Raw], T]:
    """Reads JSON of that shape; raises `Unreadable`, which names the field."""
    decode = msgspec.json.Decoder(kind, strict=False).decode

    def read(octets: bytes | msgspec.Raw) -> T:
        try:
            return decode(octets)
        except msgspec.ValidationError as error:
            why, _, path = str(error).partition(" - at `")
            raise Unreadable(path.rstrip("`").lstrip("$.") or "JSON", why) from None
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise Unreadable("JSON", "is no JSON") from None

    return read


def collected(
    parts: Iterable[T], read: Callable[[T], Fix | None], sent_at: datetime | None = None
) -> Report:
    """The report of these parts; `read` gives None for what is no position."""
    fixes: list[Fix] = []
    faults: list[Unreadable] = []
    ignored = 0
    for number, part in enumerate(parts):
        if number >= FIXES_MAX:
            faults.append(Unreadable("JSON", f"more than {FIXES_MAX} positions at once"))
            break
        try:
            fix = read(part)
        except Unreadable as fault:
            faults.append(fault)
            continue
        if fix is None:
            ignored += 1
        else:
            fixes.append(fix)
    return Report(fixes=tuple(fixes), faults=tuple(faults), ignored=ignored, sent_at=sent_at)


def _known(value: float | None, least: float, most: float) -> float | None:
    return value if value is not None and least <= value <= most else None


def _iso(text: str, field: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable(field, "is no time") from None
    return _of_our_time(at, field)


def _of_our_time(at: datetime, field: str) -> datetime:
    if at.year not in YEARS:
        raise Unreadable(field, f"the year {at.year} cannot be")
    return at
