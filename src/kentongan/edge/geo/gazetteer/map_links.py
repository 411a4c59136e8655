"""Pasted map links: Google Maps, OpenStreetMap, Apple, Waze, `geo:`; the point, or the name.

Offline by nature: a shortened link (maps.app.goo.gl) holds no position and says so, everything
else is read from the link itself. It is as exact as its decimals, like a typed point, unless it
says its own radius (`geo:` with `u`, RFC 5870). WhatsApp sends an ordinary Google link. Pure.
"""

import re
from typing import Final
from urllib.parse import unquote_plus

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.edge.geo.gazetteer.coordinates import (
    CHARACTERS_MAX,
    FINEST_M,
    Written,
    accuracy_of,
    finest,
)

VIEW_ACCURACY_M: Final = 150
"""A link to a view of the map (@lat,lon) says what was in the middle of a screen, no more."""

_N: Final = r"[-+]?\d{1,3}(?:\.\d{1,15})?"
_GAP: Final = r"\s*(?:,|%2C|%20|\+|\s|;)\s*"
_PAIR: Final = rf"(?P<lat>{_N}){_GAP}(?P<lon>{_N})"

LINK: Final = re.compile(
    r"(?:https?://|www\.|geo:|waze://|maps://|comgooglemaps://)\S+", re.IGNORECASE
)
_BARE: Final = re.compile(
    r"\b(?:maps\.app\.goo\.gl|goo\.gl/maps|g\.co/kgs|maps\.google\.[a-z.]+|google\.[a-z.]+/maps"
    r"|openstreetmap\.org|osm\.org|waze\.com|maps\.apple\.com)/\S+",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(
    r"\b(?:maps\.app\.goo\.gl|goo\.gl/maps|goo\.gl|g\.co|g\.page|bit\.ly|s\.id|tinyurl\.com|wa\.me"
    r"|share\.here\.com|osm\.org/go|maps\.apple/p|maps\.app\.link)/",
    re.IGNORECASE,
)
_POINT_KEYS: Final = "q|query|ll|sll|daddr|destination|coordinate|cbll|viewpoint|latlng"
_PINS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^geo:0(?:\.0+)?,0(?:\.0+)?\?q={_PAIR}",
        rf"^geo:{_PAIR}",
        rf"!3d(?P<lat>{_N})!4d(?P<lon>{_N})",
        rf"!1d(?P<lon>{_N})!2d(?P<lat>{_N})",
        rf"[?&]mlat=(?P<lat>{_N})&mlon=(?P<lon>{_N})",
        rf"[?&](?:lat|latitude)=(?P<lat>{_N})&(?:lon|lng|long|longitude)=(?P<lon>{_N})",
        rf"[?&](?:{_POINT_KEYS})=(?:loc:|place:|ll\.)?{_PAIR}",
        rf"[?&]to=ll\.{_PAIR}",
        rf"/maps/(?:search|place|dir)/(?:[^/]*/)?{_PAIR}",
        rf"/dir/.*/{_PAIR}(?:/|$)",
    )
)
_VIEWS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"@{_PAIR}",
        rf"#map=\d{{1,2}}(?:\.\d+)?/(?P<lat>{_N})/(?P<lon>{_N})",
        rf"[?&](?:center|sll|near)={_PAIR}",
    )
)
_UNCERTAIN: Final = re.compile(r";u=(\d{1,6}(?:\.\d+)?)", re.IGNORECASE)
_GEOHASH: Final = re.compile(r"waze\.com/ul/h(?P<hash>[0-9b-hjkmnp-z]{5,12})", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"/maps/(?:place|search)/(?P<name>[^/@?]+)"
    r"|[?&](?:q|query|address|destination|daddr)=(?P<q>[^&#]+)",
    re.IGNORECASE,
)
_GEOHASH_DIGITS: Final = "0123456789bcdefghjkmnpqrstuvwxyz"


class MapLink(Struct, frozen=True):
    """What a link says: a point, or words to search for, or (shortened) nothing."""

    point: Written | None = None
    words: str = ""
    is_short: bool = False


def find_link(text: str) -> MapLink | None:
    """The first map link in the text, or `None` when there is none."""
    text = text[:CHARACTERS_MAX]
    found = LINK.search(text) or _BARE.search(text)
    if found is None:
        return None
    link = found[0].rstrip(").,>\"'")
    if (point := _point(link)) or (point := _point(unquote_plus(link))):
        return MapLink(point)
    if _SHORT.search(link):
        return MapLink(is_short=True)
    named = _NAMED.search(link)
    if named is None:
        return None
    words = unquote_plus(named["name"] or named["q"]).strip()
    return MapLink(words=words) if words else None


def _point(link: str) -> Written | None:
    for patterns, accuracy_m in ((_PINS, FINEST_M), (_VIEWS, VIEW_ACCURACY_M)):
        for pattern in patterns:
            pins = list(pattern.finditer(link))
            if pins:
                pin = pins[-1]  # of a route the end, of a place page the place
                point = Point(float(pin["lat"]), float(pin["lon"]))
                uncertain = _UNCERTAIN.search(link)
                written_m = accuracy_of(max(finest(pin["lat"]), finest(pin["lon"])))
                said_m = round(float(uncertain[1])) if uncertain else max(written_m, accuracy_m)
                return Written(point, max(said_m, FINEST_M), "map_link")
    if found := _GEOHASH.search(link):
        return _geohash(found["hash"].lower())
    return None


def _geohash(digits: str) -> Written:
    """The middle of a geohash cell (Niemeyer 2008): five bits a letter, longitude first."""
    south, north, west, east = -90.0, 90.0, -180.0, 180.0
    is_longitude = True
    for digit in digits:
        value = _GEOHASH_DIGITS.index(digit)
        for bit in (16, 8, 4, 2, 1):
            if is_longitude:
                middle = (west + east) / 2
                west, east = (middle, east) if value & bit else (west, middle)
            else:
                middle = (south + north) / 2
                south, north = (middle, north) if value & bit else (south, middle)
            is_longitude = not is_longitude
    reach_m = max(FINEST_M, round((north - south) * 111_195 / 2))
    return Written(Point((south + north) / 2, (west + east) / 2), reach_m, "map_link")
