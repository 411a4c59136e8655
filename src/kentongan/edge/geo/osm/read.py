"""Reads an extract (.osm.pbf, also .osm and .osm.gz) once, with bounded memory.

libosmium streams the file; positions of nodes wait in its index, in memory for a city and in a
file for more. A broken file raises `ExtractBroken` and leaves nothing behind. "Once" means once
with all objects: relations are looked through before, to know which ways make up an area.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import osmium
import osmium.filter
from osmium.osm.types import Area, Node, Relation, Way

from kentongan.edge.geo.osm.gather import Gathering, Shapes
from kentongan.edge.geo.osm.limits import (
    DEFAULT_LIMITS,
    FILE_INDEX_FROM_BYTES,
    ReadLimits,
    refuse_if_memory_is_gone,
    refuse_if_too_large,
)
from kentongan.edge.geo.osm.raw import (
    Bounds,
    Extract,
    ExtractBroken,
    ExtractElsewhere,
    Progress,
    RoadWay,
)
from kentongan.edge.geo.osm.tags import AREA_KEYS

OBJECTS_BETWEEN_LOOKS: Final = 20_000
"""Tagged objects between two looks at the memory and two words of progress."""

SUFFIXES: Final = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")


def read_extract(
    path: Path,
    bounds: Bounds | None = None,
    progress: Progress | None = None,
    *,
    shapes: Shapes | None = None,
    limits: ReadLimits = DEFAULT_LIMITS,
) -> Extract:
    """Everything the centre needs of the file, or of what touches `bounds` in it.

    `shapes` gets every tagged object for the map. Raises `ExtractBroken`: no such file, not an
    extract, cut short, no roads, too large; `ExtractElsewhere`: nothing of it touches `bounds`.
    """
    _look_at(path)
    if bounds is None:
        refuse_if_too_large(path, limits)
    gathering = Gathering(path, limits, bounds, shapes)
    try:
        for seen, phase in enumerate(_take_all(path, gathering), 1):
            if seen % OBJECTS_BETWEEN_LOOKS == 0:
                refuse_if_memory_is_gone(path, limits, f"after {seen:,} objects ({phase})")
                if progress:
                    progress(phase, seen)
    except (RuntimeError, OSError, UnicodeDecodeError) as error:
        raise ExtractBroken(_broken(path, gathering, str(error))) from error
    if not gathering.roads:
        if gathering.outside:
            text = f"{path.name}: no roads inside the area asked for"
            raise ExtractElsewhere(text, gathering.outside)
        raise ExtractBroken(f"{path.name}: no roads in it; {_seen(gathering)}")
    return Extract(
        roads=gathering.roads,
        restrictions=gathering.restrictions,
        barriers=gathering.barriers,
        features=gathering.features,
        areas=gathering.areas,
        coastline=gathering.coastline,
        counts=_counts(gathering),
        bounds=_bounds(gathering.roads, bounds),
    )


def _look_at(path: Path) -> None:
    if not path.is_file():
        raise ExtractBroken(f"{path}: no such file")
    if not path.name.endswith(SUFFIXES):
        raise ExtractBroken(
            f"{path.name}: not an extract by its name; known: {', '.join(SUFFIXES)}"
        )
    if path.stat().st_size == 0:
        raise ExtractBroken(f"{path.name}: the file is empty (0 bytes)")


def _take_all(path: Path, gathering: Gathering) -> Iterator[str]:
    """Hands every tagged object over; yields the phase after each."""
    with ExitStack() as stack:
        storage = "flex_mem"
        if path.stat().st_size >= FILE_INDEX_FROM_BYTES:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kentongan-nodes-"))
            storage = f"sparse_file_array,{folder}/nodes"
        objects = (
            osmium.FileProcessor(path)
            .with_locations(storage)
            .with_areas(osmium.filter.KeyFilter(*AREA_KEYS))
            .with_filter(osmium.filter.EmptyTagFilter())
        )
        for one in objects:
            match one:
                case Node():
                    gathering.node(one)
                    yield "nodes"
                case Way():
                    gathering.way(one)
                    yield "ways"
                case Relation():
                    gathering.relation(one)
                    yield "relations"
                case Area():
                    gathering.area(one)
                    yield "areas"
                case _:  # a changeset: no part of a map
                    yield "changesets"


def _broken(path: Path, gathering: Gathering, said: str) -> str:
    """What went wrong, and as far as can be said where in the file."""
    size = path.stat().st_size
    cut = f"the file is cut short at byte {size:,}: " if "EOF" in said else ""
    return f"{path.name}: {cut}reading stopped after {_seen(gathering)}: {said}"


def _seen(gathering: Gathering) -> str:
    seen = (f"{gathering.counts[name]:,} {name}" for name in ("nodes", "ways", "relations"))
    return ", ".join(seen)


def _counts(gathering: Gathering) -> dict[str, int]:
    counts = dict(gathering.counts)
    missing = counts.get("admin_relations", 0) - sum(
        area.osm.startswith("r") for area in gathering.areas
    )
    if missing > 0:
        counts["dropped_admin_areas_not_whole"] = missing
    for name in ("roads", "restrictions", "barriers", "features", "coastline"):
        counts[name] = len(getattr(gathering, name))
    counts["admin_areas"] = len(gathering.areas)
    return dict(sorted(counts.items()))


def _bounds(roads: list[RoadWay], box: Bounds | None) -> Bounds:
    """Around the roads; a motorway that leads out of the box does not widen it."""
    around = Bounds(
        min(min(road.lats) for road in roads),
        min(min(road.lons) for road in roads),
        max(max(road.lats) for road in roads),
        max(max(road.lons) for road in roads),
    )
    if box is None:
        return around
    return Bounds(
        max(around.south, box.south),
        max(around.west, box.west),
        min(around.north, box.north),
        min(around.east, box.east),
    )
