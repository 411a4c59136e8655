"""What somebody asks an import to do, and how it tells how far it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from kentongan.cities.facts import Box, Text
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.imported.versions import KEPT
from kentongan.edge.geo.osm.limits import DEFAULT_LIMITS, ReadLimits
from kentongan.edge.geo.routing.closures import Closure

MARGIN_M: Final = 10_000
"""How far beyond the city's box roads are kept, metres: help comes from the neighbours, too."""


class ImportRequest(Struct, frozen=True, kw_only=True):
    """Make a version of the city `pack` from `extract`, in the data folder `data`.

    `words` is the pack that the search by name is built with. `is_placed` says that its box tells
    where the extract must lie: not so for a city that has no pack (`without_facts`).
    `boundary` is a GeoJSON outline that takes the box's place and becomes an area of its own.
    `may_be_partial` accepts roads that fill only a small part of the box.
    `closures` are those in force; how they fare in the new network is told.
    """

    extract: Path
    pack: str
    data: Path
    words: CityPack
    is_placed: bool = True
    boundary: Path | None = None
    closures: tuple[Closure, ...] | None = None
    margin_m: int = MARGIN_M
    may_lack_hospital: bool = False
    may_be_partial: bool = False
    keep: int = KEPT
    limits: ReadLimits = DEFAULT_LIMITS


class Step(Struct, frozen=True, kw_only=True):
    """How far an import is. `percent` is of the phase; `held_mb` is the process's own memory."""

    phase: str
    percent: int
    held_mb: int
    text: str = ""


Tell = Callable[[Step], None]
PHASES: Final = ("read", "network", "places", "map", "check", "switch")
"""The phases in their order; the first is about half of the time."""


def without_facts(pack: CityPack, key: str) -> CityPack:
    """A pack for a city that has none: the words and rules of this one, none of its places."""
    everywhere = Box(lat_min=-90.0, lat_max=90.0, lon_min=-180.0, lon_max=180.0)
    city = structs.replace(
        pack.city, key=key, name=Text(id=key, en=key), bbox=everywhere, neighbours=()
    )
    return structs.replace(
        pack,
        city=city,
        agencies=(),
        kecamatan=(),
        hospitals=(),
        puskesmas=(),
        posts=(),
        units=(),
        landmarks=(),
        crossings=(),
        tolls=(),
        flood_roads=(),
        junctions=(),
    )
