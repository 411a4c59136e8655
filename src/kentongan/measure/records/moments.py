"""Moments and durations as other centres write them, many at a time.

Moments are microseconds since 1970. `NEVER` is nothing written; what is written and cannot be read
is told apart from it. A leap second (23:59:60) is the second after it, since no clock here has one.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.measure.observations import NEVER
from kentongan.measure.records.iso import read_iso
from kentongan.measure.statistics.arrays import Flags, Whole

MICRO: Final = 1_000_000
DAY: Final = 86_400 * MICRO
HALF_DAY: Final = DAY // 2
HOUR: Final = 3_600 * MICRO

EARLIEST: Final = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * MICRO
LATEST: Final = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * MICRO
"""What lies outside was never written by a dispatch system."""

EXCEL_ORIGIN: Final = int(datetime(1899, 12, 30, tzinfo=UTC).timestamp()) * MICRO
EXCEL_DAYS_MAX: Final = 80_000.0

SECONDS_OF_DAY_MAX: Final = 4 * 86_400.0
"""A time since midnight of the incident's day is at most so long; beyond it is a mistake."""

HOURS_EACH: Final = 1_024
"""Hours of which is worked out at a time how far a zone's clock was ahead."""

SPANS_KEPT: Final = 3_000
"""As many such pieces are remembered, which is all hours of three zones."""

ALONE: Final = 32
"""So few stamps, one of which is no date, are looked at one by one."""

GRIDS: Final = (3_600, 900, 300, 60)
"""Grids that stamps are found on, seconds, the coarsest first."""

GRID_SHARE, GRID_MIN = 0.995, 30
"""So many of at least so many stamps lie on a grid before it is the precision."""

Texts = NDArray[np.str_]

_PLAIN = re.compile(
    r"((?!0000)\d{4}-\d\d-\d\d)"
    r"(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,6})?)?)\s*(Z|[+-]\d\d:?\d\d)?)?"
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?)?")
_ZONED = re.compile(r"(.*\d)\s*(Z|[+-]\d\d:?\d\d)")
_LEAP = re.compile(r"(:\d\d):60(?!\d)")
_TIME = re.compile(r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:[.,](\d{1,6}))?)?")


class Read(Struct, frozen=True):
    """Moments, which of them could not be read, and which were leap seconds."""

    at: Whole
    unreadable: Flags
    leap: Flags


def read_stamps(texts: Sequence[str], formats: Sequence[str], zone: ZoneInfo) -> Read:
    """Dates with times, each by ISO 8601 or the first of the formats that fits; to UTC.

    A zone written beside the time wins over `zone`.
    """
    given = [text.strip() for text in texts]
    iso = read_iso(given)
    at, zoned = iso.at, iso.zoned
    unreadable, leap = np.zeros((2, len(given)), dtype=np.bool_)
    rest = np.flatnonzero(~iso.taken)
    others = [given[row] for row in rest.tolist()]
    if any(others):
        at[rest], zoned[rest], unreadable[rest], leap[rest] = _one_by_one(others, formats)
    local = (at != NEVER) & ~zoned
    at[local] = to_utc(at[local], zone)
    return Read(at, unreadable, leap)


def to_utc(local: Whole, zone: ZoneInfo) -> Whole:
    """Local wall time to UTC; of an hour that comes twice the first."""
    return local - _by_hour(local, zone, _offset)


def offsets_of(utc: Whole, zone: ZoneInfo) -> Whole:
    """The zone's clock ahead of UTC at each moment, seconds."""
    return _by_hour(utc, zone, _ahead_then)


def ambiguous(local_utc: Whole, zone: ZoneInfo) -> Flags:
    """Which moments lie in an hour that the zone's clocks show twice."""
    return _by_hour(local_utc, zone, _is_twice).astype(np.bool_) & (local_utc != NEVER)


def read_times(texts: Sequence[str]) -> tuple[Whole, Flags]:
    """Times of day as microseconds since midnight; unreadable ones flagged."""
    found, bad = np.full(len(texts), NEVER), np.zeros(len(texts), dtype=np.bool_)
    for i, text in enumerate(texts):
        if not (text := text.strip()):
            continue
        match = _TIME.fullmatch(text)
        if match is None:
            bad[i] = True
            continue
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        if hour > 24 or minute > 59 or second > 60:
            bad[i] = True
            continue
        fraction = int((match[4] or "0").ljust(6, "0"))
        found[i] = (hour * 3_600 + minute * 60 + second) * MICRO + fraction
    return found, bad


def roll(days: Whole, times: Whole, before: Whole | None) -> Whole:
    """Date and time of day together; one that would lie half a day before the step before it was
    written after midnight."""
    at = np.where((days == NEVER) | (times == NEVER), NEVER, days + times)
    if before is None:
        return at
    both = (at != NEVER) & (before != NEVER)
    late = both & (at < before - HALF_DAY)
    return np.where(late, at + DAY, at)


class Grid:
    """The grid that practically all of some stamps lie on."""

    def __init__(self) -> None:
        self._known = 0
        self._on = [0] * len(GRIDS)

    def add(self, at: Whole) -> None:
        """Some more stamps."""
        known = at[at != NEVER]
        self._known += len(known)
        for place, grid in enumerate(GRIDS):
            self._on[place] += int((known % (grid * MICRO) == 0).sum())

    @property
    def seconds(self) -> int:
        """The coarsest that fits; 1 when they lie on none, or are too few to tell."""
        wanted = max(self._known, GRID_MIN) * GRID_SHARE
        return next((g for g, on in zip(GRIDS, self._on, strict=True) if on >= wanted), 1)


def _one_by_one(given: list[str], formats: Sequence[str]) -> tuple[Whole, Flags, Flags, Flags]:
    """Moments, which wrote their zone, could not be read, and were leap seconds."""
    leap = np.array([":60" in text and bool(_LEAP.search(text)) for text in given], dtype=np.bool_)
    plain = [
        _LEAP.sub(r"\1:59", text) if is_leap else text
        for text, is_leap in zip(given, leap, strict=True)
    ]
    at, zoned, unreadable = _local(plain, formats)
    at[leap & (at != NEVER)] += MICRO
    return at, zoned, unreadable, leap


def _local(texts: list[str], formats: Sequence[str]) -> tuple[Whole, Flags, Flags]:
    n = len(texts)
    at = np.full(n, NEVER)
    zoned, unreadable = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    plain = [_PLAIN.fullmatch(text) for text in texts]
    done = _by_numpy([(i, found) for i, found in enumerate(plain) if found], at, zoned)
    known: dict[str, tuple[int, bool] | None] = {}
    for i, text in enumerate(texts):
        if not text or done[i]:
            continue
        if text not in known:
            known[text] = _one(text, formats)
        found = known[text]
        if found is None:
            unreadable[i] = True
        else:
            at[i], zoned[i] = found
    return at, zoned, unreadable


def _by_numpy(found: list[tuple[int, re.Match[str]]], at: Whole, zoned: Flags) -> Flags:
    """ISO 8601 all at once, less what each zone is ahead; which of them could be read so. Where
    one is no date, halves are tried, so that few are looked at one by one."""
    done = np.zeros(len(at), dtype=np.bool_)
    pieces = [found]
    while pieces:
        piece = pieces.pop()
        rows = [row for row, _ in piece]
        try:
            ahead = [_ahead(match[3]) for _, match in piece]
            moments = np.array([_body(match) for _, match in piece], dtype="datetime64[us]")
        except ValueError:
            if len(piece) > ALONE:
                pieces += [piece[: len(piece) // 2], piece[len(piece) // 2 :]]
            continue
        at[rows] = moments.astype(np.int64) - np.array(ahead, dtype=np.int64)
        zoned[rows] = [match[3] is not None for _, match in piece]
        done[rows] = True
    return done


def _body(match: re.Match[str]) -> str:
    return match[1] if match[2] is None else f"{match[1]}T{match[2].replace(',', '.')}"


@lru_cache(1_000)
def _ahead(zone: str | None) -> int:
    """What a zone's clock is ahead of UTC, microseconds; `ValueError` when none can be so much."""
    if zone in {None, "Z"}:
        return 0
    span = datetime.strptime(zone or "", "%z").utcoffset() or timedelta()
    return span // timedelta(microseconds=1)


def _one(text: str, formats: Sequence[str]) -> tuple[int, bool] | None:
    match = _ZONED.fullmatch(text)
    zoned = match is not None and _ISO.fullmatch(match[1].strip())
    iso = f"{match[1].strip()}{match[2]}" if match is not None and zoned else text
    if zoned or _ISO.fullmatch(text):
        try:
            return _micros(datetime.fromisoformat(iso.replace(",", ".")))
        except ValueError:
            return None
    for form in formats:
        try:
            return _micros(datetime.strptime(text, form))  # noqa: DTZ007 - zones by the mapping
        except ValueError:
            continue
    return None


def _micros(moment: datetime) -> tuple[int, bool]:
    """Microseconds since 1970, and whether it said its own zone."""
    zoned = moment.tzinfo is not None
    if not zoned:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), zoned


def _by_hour(moments: Whole, zone: ZoneInfo, of_hour: Callable[[int, ZoneInfo], int]) -> Whole:
    """What holds in the hour of each moment, every hour worked out once for all."""
    hours = np.clip(moments, EARLIEST, LATEST) // HOUR
    spans = hours // HOURS_EACH
    known = np.unique(spans)
    tables = [_hours_of(int(span), zone, of_hour) for span in known]
    if not tables:
        return np.empty(0, dtype=np.int64)
    place = np.searchsorted(known, spans) * HOURS_EACH + hours % HOURS_EACH
    return np.concatenate(tables)[place]


@lru_cache(SPANS_KEPT)
def _hours_of(span: int, zone: ZoneInfo, of_hour: Callable[[int, ZoneInfo], int]) -> Whole:
    first = span * HOURS_EACH
    return np.array([of_hour(hour, zone) for hour in range(first, first + HOURS_EACH)], np.int64)


def _offset(hour: int, zone: ZoneInfo) -> int:
    wall = datetime(1970, 1, 1) + timedelta(hours=hour)  # noqa: DTZ001 - wall time of the zone
    return (zone.utcoffset(wall) or timedelta()) // timedelta(microseconds=1)


def _ahead_then(hour: int, zone: ZoneInfo) -> int:
    then = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)).astimezone(zone)
    return (then.utcoffset() or timedelta()) // timedelta(seconds=1)


def _is_twice(hour: int, zone: ZoneInfo) -> int:
    wall = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)).astimezone(zone)
    return int(wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset())
