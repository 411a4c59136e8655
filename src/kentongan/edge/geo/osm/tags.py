"""Which tags make a thing worth keeping, and which of them name it.

Tables only; what a road allows is decided in `network`, how a name is matched in `gazetteer`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

KIND_KEYS: Final = (
    "amenity", "emergency", "healthcare", "shop", "tourism", "leisure", "office", "historic",
    "railway", "public_transport", "aeroway", "highway", "man_made", "military", "place",
    "natural", "water", "waterway", "landuse", "barrier", "building",
)  # fmt: skip
"""Keys that say what a thing is, the most telling first."""

NAMELESS_KINDS: Final = frozenset(
    {"amenity=hospital", "amenity=clinic", "amenity=doctors", "amenity=fire_station"}
    | {"amenity=police", "emergency=ambulance_station", "healthcare=hospital"}
    | {"railway=level_crossing", "highway=milestone", "barrier=toll_booth"}
    | {"highway=motorway_junction"}
)
"""Kinds kept without a name: help comes from there, or a caller is placed by them."""

NAME_KEYS: Final = (
    "alt_name", "old_name", "short_name", "official_name", "loc_name", "local_name", "reg_name",
    "name:id", "name:jv", "name:en", "alt_name:id", "brand", "operator:short",
)  # fmt: skip
"""Keys of further names; several stand in one value with semicolons between them."""

AREA_KEYS: Final = (*KIND_KEYS, "boundary", "area")
"""A relation with none of these never becomes an area."""

ROAD_TAGS_LEFT_OUT: Final = re.compile(
    r"^(source|created_by|note|fixme|tiger|import|attribution|wikidata|wikipedia|mapillary)",
    re.IGNORECASE,
)
"""Tags of roads that nobody here reads; they would be half of the memory."""

OTHER_NAMES_MAX: Final = 12
"""Further names of one thing; more are somebody's list of translations."""

NAME_CHARACTERS_MAX: Final = 200
"""Longest name kept: OSM allows 255, and a name beyond this is a description."""


def name_of(tags: Mapping[str, str]) -> str:
    """The name, empty when it has none; one line, no surrounding space."""
    return _clean(tags.get("name", ""))


def other_names_of(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Old, short, local and official names, each once, the name itself left out."""
    known = {name_of(tags).casefold(), ""}
    found: list[str] = []
    for text in _values(tags):
        if text.casefold() not in known:
            known.add(text.casefold())
            found.append(text)
    return tuple(found[:OTHER_NAMES_MAX])


def kind_of(tags: Mapping[str, str]) -> str | None:
    """ "key=value" of the most telling tag, or `None` for a thing of no kind known here."""
    for key in KIND_KEYS:
        value = tags.get(key)
        if value and value not in {"no", "yes"}:
            return f"{key}={value}"
    return "building=yes" if "building" in tags else None


def _values(tags: Mapping[str, str]) -> Iterable[str]:
    for key in NAME_KEYS:
        for part in tags.get(key, "").split(";"):
            yield _clean(part)


def _clean(text: str) -> str:
    return " ".join(text.split())[:NAME_CHARACTERS_MAX]
