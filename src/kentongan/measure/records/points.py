"""Places as other centres write them: two columns of degrees, or one with both.

A decimal comma is read as one; latitude and longitude the wrong way round are turned where only
that can be meant. Both are marked, as is what is no place at all: 0,0, what lies on no globe, and
what cannot be read. The words themselves stay in the report.
"""

import math
import re
from typing import Final

from msgspec import Struct

CELL_DIGITS: Final = 3
"""Decimals of a degree that a place is known by, about 110 m: as in this centre's own days."""

LATITUDE_MAX, LONGITUDE_MAX = 90.0, 180.0

NOWHERE_DEGREES: Final = 0.01
"""So near to 0,0 is the sea off Africa, where nobody has telephoned from: a field left empty."""

_NUMBER = re.compile(r"[+-]?\d{1,3}(?:[.,]\d+)?")
_PARTED = re.compile(r"\s*[;/|]\s*|\s*,\s+|\s+")


class Point(Struct, frozen=True):
    """Where, as `lat,lon`, empty for nowhere; and the reasons for which it is marked."""

    cell: str
    marks: tuple[str, ...] = ()


NOTHING: Final = Point("")


def read_point(latitude: str, longitude: str) -> Point:
    """One place; nothing is marked where neither column says anything."""
    said = [latitude.strip(), longitude.strip()]
    if not any(said):
        return NOTHING
    if not all(_NUMBER.fullmatch(one) for one in said):
        return Point("", ("place_unreadable",))
    lat, lon = (float(one.replace(",", ".")) for one in said)
    marks = ("place_comma",) if any("," in one for one in said) else ()
    if math.hypot(lat, lon) < NOWHERE_DEGREES:
        return Point("", (*marks, "place_zero"))
    if abs(lat) > LATITUDE_MAX and abs(lon) <= LATITUDE_MAX and abs(lat) <= LONGITUDE_MAX:
        lat, lon, marks = lon, lat, (*marks, "place_swapped")
    if abs(lat) > LATITUDE_MAX or abs(lon) > LONGITUDE_MAX:
        return Point("", (*marks, "place_impossible"))
    return Point(f"{lat:.{CELL_DIGITS}f},{lon:.{CELL_DIGITS}f}", marks)


def parted(both: str) -> tuple[str, str]:
    """The two halves of a column that has both; what cannot be parted is the first half alone."""
    text = both.strip().strip("()[]")
    halves = [one for one in _PARTED.split(text) if one]
    if len(halves) == 1:
        pieces = text.split(",")
        if len(pieces) == 4:  # -7,2575,112,7521: each with a decimal comma
            return f"{pieces[0]},{pieces[1]}", f"{pieces[2]},{pieces[3]}"
        halves = pieces if len(pieces) == 2 else [text]
    return (halves[0], halves[1]) if len(halves) == 2 else (text, "")
