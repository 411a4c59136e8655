"""What somebody asks an import to do, and how it tells how far it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from kentongan.cities.pack import CityPack
from kentongan.edge.geo.imported.versions import KEPT
from kentongan.edge.geo.osm.limits import DEFAULT_LIMITS, ReadLimits

MARGIN_M: Final = 10_000
"""How far beyond the city's box roads are kept, metres: help comes from the neighbours, too."""


class ImportRequest(Struct, frozen=True, kw_only=True):
    """Make a version of the city `pack` from `extract`, in the data folder `data`.

    `city` is the pack when there is one of that key: its box says where the extract must lie.
    `boundary` is a GeoJSON outline that takes the box's place and becomes an area of its own.
    `closures` is a file of closures whose fate in the new network is told.
    """

    extract: Path
    pack: str
    data: Path
    city: CityPack | None = None
    boundary: Path | None = None
    closures: Path | None = None
    margin_m: int = MARGIN_M
    may_lack_hospital: bool = False
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
