"""Stamps by ISO 8601 in their usual forms, by their digits, a whole column at once.

A large file has hundreds of millions of them. Taken is only what is certainly a moment: whatever
else is written is left to `measure.records.moments`, which looks at it one by one.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.measure.observations import NEVER
from kentongan.measure.statistics.arrays import Flags, Whole

SECOND: Final = 1_000_000

LOCAL, UTC, ZONED = 19, 20, 25
"""Lengths: `2026-01-31T23:59:59` (or a space for the T), with a Z, and with `+07:00`."""

AHEAD_HOURS_MAX: Final = 14

Digits = NDArray[np.uint8]


class Iso(Struct, frozen=True):
    """Moments, microseconds since 1970 (local ones as their clock showed them); which wrote their
    zone; and which were taken at all."""

    at: Whole
    zoned: Flags
    taken: Flags


def read_iso(texts: Sequence[str]) -> Iso:
    """The texts that have one of the forms; the others are `NEVER`."""
    size = len(texts)
    at = np.full(size, NEVER)
    zoned, taken = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    lengths = np.fromiter(map(len, texts), np.int64, size)
    for length in (LOCAL, UTC, ZONED):
        rows = np.flatnonzero(lengths == length)
        if not len(rows):
            continue
        whole = "".join(texts if len(rows) == size else [texts[row] for row in rows.tolist()])
        # A character that is not Latin becomes one octet that is no digit.
        octets = np.frombuffer(whole.encode("latin-1", "replace"), np.uint8)
        moments, is_one = _moments(np.ascontiguousarray(octets.reshape(-1, length).T))
        rows = rows[is_one]
        at[rows], zoned[rows], taken[rows] = moments[is_one], length != LOCAL, True
    return Iso(at, zoned, taken)


def _moments(signs: Digits) -> tuple[Whole, Flags]:
    """One row a place in the text: what each says, and whether it says a moment."""
    is_one = (signs[4] == ord("-")) & (signs[7] == ord("-"))
    is_one &= ((signs[10] == ord("T")) | (signs[10] == ord(" "))) & (signs[13] == ord(":"))
    is_one &= signs[16] == ord(":")
    century, in_century, month, day, hour, minute, second = (
        _two(signs, place, is_one) for place in (0, 2, 5, 8, 11, 14, 17)
    )
    year = century * 100 + in_century
    is_one &= (year > 0) & (month >= 1) & (month <= 12)
    is_one &= (day >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    months = (year - 1970) * 12 + month - 1
    first = _first_day(months)
    is_one &= first + day <= _first_day(months + 1)
    seconds = (first + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second
    if len(signs) == UTC:
        is_one &= signs[LOCAL] == ord("Z")
    elif len(signs) == ZONED:
        seconds -= _ahead_s(signs[LOCAL:], is_one)
    return seconds * SECOND, is_one


def _ahead_s(signs: Digits, is_one: Flags) -> Whole:
    """What a zone's clock is ahead of UTC, as `+07:00` says it."""
    is_behind = signs[0] == ord("-")
    is_one &= (is_behind | (signs[0] == ord("+"))) & (signs[3] == ord(":"))
    hours, minutes = _two(signs, 1, is_one), _two(signs, 4, is_one)
    is_one &= (hours <= AHEAD_HOURS_MAX) & (minutes < 60)
    return np.where(is_behind, -1, 1) * (hours * 3_600 + minutes * 60)


def _two(signs: Digits, place: int, is_one: Flags) -> Whole:
    """A number of two digits; where none stands, `is_one` is put out."""
    tens, ones = signs[place] - np.uint8(48), signs[place + 1] - np.uint8(48)
    is_one &= (tens <= 9) & (ones <= 9)
    return tens.astype(np.int64) * 10 + ones


def _first_day(months: Whole) -> Whole:
    """The day that a month begins with, counted from 1970."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
