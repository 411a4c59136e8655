"""Coordinates as people type or paste them: decimal, degrees and minutes, or a maps link.

Finds the two numbers and their hemispheres in a text. It does not decide whether they were
swapped or lost their sign: that needs to know the city, and is done where the city is known.
"""

import re
from typing import Final

from kentongan.cities.facts import Point

TEXT_CHARACTERS_MAX: Final = 2_000  # a maps link can be long; nothing longer is one

_NUMBER: Final = r"[-+]?\d{1,3}\.\d{1,15}"
_COMMA: Final = r"[-+]?\d{1,3},\d{1,15}"
_NS: Final = r"(?P<ns>LS|LU|[SNU])"
_EW: Final = r"(?P<ew>BT|BB|[EWT])"
_LINKS: Final = tuple(
    re.compile(pattern.replace("NUMBER", _NUMBER), re.IGNORECASE)
    for pattern in (
        r"!3d(?P<lat>NUMBER)!4d(?P<lon>NUMBER)",
        r"[?&](?:q|query|ll|center|daddr)=(?:loc:)?(?P<lat>NUMBER)(?:,|%2C)(?:\s|\+|%20)*(?P<lon>NUMBER)",
        r"geo:(?P<lat>NUMBER),(?P<lon>NUMBER)",
        r"@(?P<lat>NUMBER),(?P<lon>NUMBER)",
    )
)
_DECIMALS: Final = tuple(
    re.compile(
        rf"(?<![\d.,])(?P<lat>{number})\s*°?\s*{_NS}?{gap}(?P<lon>{number})\s*°?\s*{_EW}?(?![\w.])",
        re.IGNORECASE,
    )
    for number, gap in ((_NUMBER, r"\s*[,;/ ]\s*"), (_COMMA, r"(?:\s*[;/]\s*|,?\s+)"))
)
_DEGREES: Final = (
    r"(?P<{0}d>\d{{1,3}})\s*[°ºd]\s*(?P<{0}m>\d{{1,2}}(?:[.,]\d+)?)\s*['′’m]\s*"
    r"(?:(?P<{0}s>\d{{1,2}}(?:[.,]\d+)?)\s*(?:\"|″|”|''|s(?=\s))?\s*)?"
)
_DMS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_DEGREES.format('north')}{_NS}[\s,;]*{_DEGREES.format('east')}{_EW}",
        rf"{_NS}\s*{_DEGREES.format('north')}[\s,;]*{_EW}\s*{_DEGREES.format('east')}",
    )
)


def find_point(text: str) -> Point | None:
    """The first coordinates in the text as written, or `None`.

    The first number is taken as latitude even where that is impossible (110.41, -6.98): the
    caller of this function sees the numbers in the order in which they were typed.
    """
    text = text[:TEXT_CHARACTERS_MAX].replace("−", "-")
    for link in _LINKS:
        if found := link.search(text):
            return Point(float(found["lat"]), float(found["lon"]))
    for pattern in _DMS:
        if found := pattern.search(text):
            lat = _degrees(found, "north") * (-1 if _is_negative(found["ns"]) else 1)
            lon = _degrees(found, "east") * (-1 if _is_negative(found["ew"]) else 1)
            return Point(lat, lon)
    for pattern in _DECIMALS:
        if found := pattern.search(text):
            lat, lon = _decimal(found["lat"]), _decimal(found["lon"])
            lat = -abs(lat) if _is_negative(found["ns"]) else lat
            lon = -abs(lon) if _is_negative(found["ew"]) else lon
            return Point(lat, lon)
    return None


def _is_negative(hemisphere: str | None) -> bool:
    return hemisphere is not None and hemisphere.upper() in {"S", "LS", "W", "BB"}


def _degrees(found: re.Match[str], which: str) -> float:
    minutes, seconds = found[f"{which}m"], found[f"{which}s"] or "0"
    return float(found[f"{which}d"]) + _decimal(minutes) / 60 + _decimal(seconds) / 3600


def _decimal(written: str) -> float:
    return float(written.replace(",", "."))
