"""How much one city's extract may ask of the machine, and what it has asked so far.

A file is refused before it is read when its size promises more memory than allowed, while it is
read as soon as it takes more, and before each later stage when what that stage adds would be too
much: always with a word about what to do, and before anything of the running city is touched. The
estimates are measured on two real extracts and rounded up.
"""

import resource
import sys
from pathlib import Path
from typing import Final

from msgspec import Struct

from kentongan.edge.geo.osm.raw import ExtractBroken

MEMORY_PER_FILE_BYTE: Final = 45
"""Bytes of memory for one byte of .pbf during a whole import: 36 to 41 measured on two cities."""

MEMORY_AT_START_MB: Final = 160
"""The process itself with its libraries, MB."""

NETWORK_BYTES_PER_POINT: Final = 300
"""What building the roads adds for each point that a road was drawn with: 165 and 260 measured."""

PLACES_BYTES_PER_NAME: Final = 1_000
"""What building the search adds for each named feature and each road: about 500 measured."""

MAP_BYTES_PER_BYTE: Final = 4
"""What drawing adds for each byte of the fullest file of the spool, which is read at once: less
than one measured, where memory that was freed before is used again."""

PLAIN_BYTES_RATIO: Final = 12
"""An uncompressed .osm is about so many times as large as the same .pbf."""

FILE_INDEX_FROM_BYTES: Final = 64_000_000
"""From this size of a .pbf the positions of nodes are kept in a file instead of in memory."""

_MB: Final = 1_000_000


class ReadLimits(Struct, frozen=True, kw_only=True):
    """Limits of one reading. The defaults hold a city of five million with room to spare.

    `memory_mb` bounds the process's own memory, file caches not counted; `road_ways` and
    `road_points` bound what the road network is built from; `features` what the search reads;
    `relation_members` one relation.
    """

    memory_mb: int = 3_000
    road_ways: int = 600_000
    road_points: int = 8_000_000
    features: int = 1_500_000
    relation_members: int = 20_000


DEFAULT_LIMITS: Final = ReadLimits()

ADVICE: Final = (
    "crop it to the city first (osmium extract -b WEST,SOUTH,EAST,NORTH), or give the city's"
    " outline with --boundary"
)


def estimated_mb(path: Path) -> int:
    """Memory that reading the whole file will take, MB, from its size."""
    size = path.stat().st_size
    if not path.name.endswith(".pbf"):
        size //= 1 if path.suffix in {".gz", ".bz2"} else PLAIN_BYTES_RATIO
    return MEMORY_AT_START_MB + size * MEMORY_PER_FILE_BYTE // _MB


def refuse_if_too_large(path: Path, limits: ReadLimits) -> None:
    """Raises `ExtractBroken` when the file's size alone promises too much memory."""
    needed = estimated_mb(path)
    if needed > limits.memory_mb:
        size_mb = path.stat().st_size / _MB
        raise ExtractBroken(
            f"{path.name}: {size_mb:,.0f} MB of extract would take about {needed:,} MB of memory,"
            f" more than the {limits.memory_mb:,} MB allowed (--memory-mb); {ADVICE}"
        )


def refuse_if_memory_is_gone(path: Path, limits: ReadLimits, seen: str) -> None:
    """Raises `ExtractBroken` when the process holds more than allowed."""
    held = held_mb()
    if held > limits.memory_mb:
        raise ExtractBroken(
            f"{path.name}: stopped {seen}: {held:,} MB of memory held, {limits.memory_mb:,} MB"
            f" allowed (--memory-mb); {ADVICE}"
        )


def refuse_if_no_room(path: Path, limits: ReadLimits, stage: str, needed_bytes: int) -> None:
    """Raises `ExtractBroken` when what the process holds and what the stage will add are more than
    allowed."""
    held, needed = held_mb(), needed_bytes // _MB
    if held + needed > limits.memory_mb:
        raise ExtractBroken(
            f"{path.name}: stopped before {stage}: {held:,} MB of memory held and about"
            f" {needed:,} MB more needed, {limits.memory_mb:,} MB allowed (--memory-mb); {ADVICE}"
        )


def refuse_if_too_many(path: Path, name: str, count: int, limit: int) -> None:
    """Raises `ExtractBroken` when there are more of these than one city has."""
    if count > limit:
        raise ExtractBroken(
            f"{path.name}: more than {limit:,} {name}, too many for one city; {ADVICE}"
        )


def held_mb() -> int:
    """Memory this process holds for itself, MB: mapped files are not counted where known."""
    try:
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024 // _MB
    except OSError:
        pass
    return peak_mb()


def peak_mb() -> int:
    """The most memory this process has held, MB, mapped files included."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // _MB if sys.platform == "darwin" else peak * 1024 // _MB
