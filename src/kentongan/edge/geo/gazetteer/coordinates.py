"""Coordinates as people write, speak and paste them: decimal, degrees and minutes, LS and BT.

Finds two angles in a text, in the order in which they stand, and how finely they were given. It
does not decide whether they were swapped or lost their sign: that needs to know the city. Pure.
"""

import re
from itertools import pairwise
from typing import Final

from msgspec import Struct, structs

from kentongan.cities.facts import Point

CHARACTERS_MAX: Final = 2_000
"""Characters looked at: a pasted map link may be long, and nothing longer is one."""

METRES_PER_DEGREE: Final = 111_195.0
BETWEEN_CHARACTERS_MAX: Final = 40
"""Letters between two numbers of one pair: "lat: ... longitude: ..."."""

SAME_DEGREES: Final = 0.0005
"""Two writings of one point differ by no more, about 50 m: degrees and minutes are rounded."""

FINEST_M: Final = 5
"""No telephone knows better where it is, whatever the decimals say."""

_SPOKEN: Final = (
    (re.compile(r"lintang\s+selatan|south", re.IGNORECASE), "LS"),
    (re.compile(r"lintang\s+utara|north", re.IGNORECASE), "LU"),
    (re.compile(r"bujur\s+timur|east", re.IGNORECASE), "BT"),
    (re.compile(r"bujur\s+barat|west", re.IGNORECASE), "BB"),
    (re.compile(r"derajat|degrees?|\bdeg\b|[°º˚]", re.IGNORECASE), "°"),
    (re.compile(r"menit|minutes?|\bmin\b", re.IGNORECASE), "'"),
    (re.compile(r"detik|seconds?|\bsec\b", re.IGNORECASE), '"'),
    (re.compile(r"''|’’|′′|[″”“]"), '"'),
    (re.compile(r"[′’‘´`]"), "'"),
    (re.compile(r"[−–—]"), "-"),
    (re.compile(r"(?<=\d)d(?=\s*\d)", re.IGNORECASE), "°"),
    (re.compile(r"(?<=\d)m(?=\s*[\d NSEWLB])", re.IGNORECASE), "'"),
    (re.compile(r"(?<=\d)s(?=\s|,|$)"), '"'),
    (re.compile(r"\bkoma\b", re.IGNORECASE), ","),
)
_HEMISPHERE: Final = r"LS|LU|BT|BB|[NSEWUT]"
_REAL: Final = r"\d{1,2}(?:[.,]\d{1,12})?"
_ANGLE: Final = re.compile(
    rf"""(?<![\d.])
    (?:(?<![A-Za-z])(?P<before>{_HEMISPHERE})[\s:]*)?
    (?P<sign>[-+])?\s*
    (?:
      (?P<d>\d{{1,3}})\s*°\s*(?P<m>{_REAL})\s*'?\s*(?:(?P<s>{_REAL})\s*"?)?
     |(?P<dc>\d{{1,3}}):(?P<mc>{_REAL})(?::(?P<sc>{_REAL}))?
     |(?P<ds>\d{{1,3}})\s(?P<ms>\d{{1,2}})\s(?P<ss>{_REAL})(?(before)|(?=\s?(?:{_HEMISPHERE})\b))
     |(?P<dm>\d{{1,3}})\s(?P<mm>\d{{1,2}}[.,]\d{{1,8}})\s?'?(?(before)|(?=\s?(?:{_HEMISPHERE})\b))
     |(?P<packed>\d{{4,5}}\.\d{{2,6}})(?=,?\s?(?:{_HEMISPHERE})\b)
     |(?P<decimal>\d{{1,3}}[.,]\d{{1,15}})\s*°?
     |(?P<whole>\d{{1,3}})\s*°
    )
    (?(before)(?!\w)|(?:,?\s*(?P<after>{_HEMISPHERE})(?![A-Za-z])|(?!\w)))""",
    re.VERBOSE | re.IGNORECASE,
)
_ALL_COMMAS: Final = re.compile(
    r"(?<![\d.,])(?P<lat>-?\d{1,3},\d{2,15})\s?,\s?(?P<lon>-?\d{1,3},\d{2,15})(?![\d,.])"
)
_BETWEEN: Final = re.compile(
    r"[\s,;/|()\[\]&=:]*(?:\+|%2C|dan|and|lat(?:itude)?|lo?ng?(?:itude)?|bujur|lintang|koordinat"
    r"|[\s,;/|()\[\]&=:])*",
    re.IGNORECASE,
)
_SOUTH_OR_WEST: Final = frozenset({"S", "LS", "W", "BB"})
_OF_LATITUDE: Final = frozenset({"S", "LS", "N", "LU", "U"})


class Written(Struct, frozen=True):
    """Two angles as written: the first is not always the latitude. `accuracy_m` is how finely."""

    point: Point
    accuracy_m: int
    source: str = "typed"
    others: bool = False
    """Whether another point was written behind it."""


class _Angle(Struct, frozen=True):
    value: float
    finest: float  # degrees that its last digit stands for
    hemisphere: str
    start: int
    end: int


def find_written(text: str) -> Written | None:
    """The first pair of coordinates in the text as written, or `None`; and whether another one,
    of other figures, is behind it."""
    first, rest = _first_pair(text[:CHARACTERS_MAX])
    if first is None:
        return None
    second, _ = _first_pair(rest)
    return structs.replace(first, others=second is not None and _is_apart(first, second))


def _is_apart(one: Written, other: Written) -> bool:
    """Whether they are two points, and not one written twice, whatever its signs and order."""
    figures = zip(_figures(one.point), _figures(other.point), strict=True)
    return any(abs(a - b) > SAME_DEGREES for a, b in figures)


def _figures(point: Point) -> list[float]:
    return sorted((abs(point.lat), abs(point.lon)))


def _first_pair(flat: str) -> tuple[Written | None, str]:
    """The first pair, and the text behind it."""
    if found := _ALL_COMMAS.search(flat.replace("−", "-")):
        lat, lon = found["lat"], found["lon"]
        if "." not in found[0] and lat.count(",") == 1:
            return _written(_plain(lat), _plain(lon)), flat[found.end() :]
    for pattern, mark in _SPOKEN:
        flat = pattern.sub(mark, flat)
    angles = [_angle(found) for found in _ANGLE.finditer(flat)]
    for one, other in pairwise(angles):
        between = flat[one.end : other.start]
        if len(between) <= BETWEEN_CHARACTERS_MAX and _BETWEEN.fullmatch(between):
            if one.hemisphere in {"E", "BT", "W", "BB", "T"} and (other.hemisphere in _OF_LATITUDE):
                one, other = other, one  # noqa: PLW2901 - written longitude first, and saying so
            return _written(one, other), flat[max(one.end, other.end) :]
    return None, ""


def accuracy_of(degrees: float) -> int:
    """Metres that half of the last written digit stands for."""
    return max(FINEST_M, round(degrees * METRES_PER_DEGREE / 2))


def _written(lat: _Angle, lon: _Angle) -> Written:
    return Written(Point(lat.value, lon.value), accuracy_of(max(lat.finest, lon.finest)))


def _plain(number: str) -> _Angle:
    whole = number.replace(",", ".")
    return _Angle(float(whole), finest(whole), "", 0, 0)


def finest(number: str) -> float:
    """Degrees that the last written digit of a decimal number stands for."""
    _, _, decimals = number.replace(",", ".").partition(".")
    return 10.0 ** -len(decimals)


def _angle(found: re.Match[str]) -> _Angle:
    value, finest = _magnitude(found)
    hemisphere = (found["after"] or found["before"] or "").upper()
    if hemisphere in _SOUTH_OR_WEST or found["sign"] == "-":
        value = -value
    return _Angle(value, finest, hemisphere, found.start(), found.end())


def _magnitude(found: re.Match[str]) -> tuple[float, float]:
    """Degrees, and the degrees its last digit stands for."""
    if decimal := found["decimal"]:
        return _real(decimal), finest(decimal)
    if whole := found["whole"]:
        return float(whole), 1.0
    if packed := found["packed"]:  # NMEA 0183: degrees and minutes in one number
        degrees, minutes = divmod(float(packed), 100)
        return degrees + minutes / 60, finest(packed) / 60
    degrees = found["d"] or found["dc"] or found["ds"] or found["dm"] or "0"
    minutes = found["m"] or found["mc"] or found["ms"] or found["mm"] or "0"
    seconds = found["s"] or found["sc"] or found["ss"]
    value = float(degrees) + _real(minutes) / 60 + _real(seconds or "0") / 3600
    return value, finest(seconds) / 3600 if seconds else finest(minutes) / 60


def _real(number: str) -> float:
    return float(number.replace(",", "."))
