"""What stands in a version's folder, made step by step out of one extract.

Each step lets go of what the next does not need, so that roads, names and map are never in memory
all at once. Nothing here knows of switching.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Final, TypeVar

from msgspec import Struct
from shapely.geometry.base import BaseGeometry

from kentongan.edge.geo.imported.areas import save_areas
from kentongan.edge.geo.imported.boundary import Boundary
from kentongan.edge.geo.imported.facilities import (
    FacilityKind,
    ImportedFacility,
    facilities_of,
    save_facilities,
)
from kentongan.edge.geo.imported.place import coverage_warning, elsewhere, with_margin
from kentongan.edge.geo.imported.places import Sample, build_places, samples_of
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.imported.request import ImportRequest, Step, Tell
from kentongan.edge.geo.imported.versions import VersionFiles
from kentongan.edge.geo.network.build import BuildReport, build_network
from kentongan.edge.geo.network.road_network import NetworkBroken, RoadNetwork, save
from kentongan.edge.geo.osm.coastline import sea_polygons
from kentongan.edge.geo.osm.gather import Form
from kentongan.edge.geo.osm.limits import (
    MAP_BYTES_PER_BYTE,
    NETWORK_BYTES_PER_POINT,
    PLACES_BYTES_PER_NAME,
    held_mb,
    refuse_if_no_room,
)
from kentongan.edge.geo.osm.raw import Area, Bounds, Extract, ExtractBroken, ExtractElsewhere
from kentongan.edge.geo.osm.read import read_extract
from kentongan.edge.geo.tiles.build import NothingToDraw, TileReport, write_tiles
from kentongan.edge.geo.tiles.layers import TileFeature, boundary
from kentongan.edge.geo.tiles.osm_features import features_of, sea_features
from kentongan.edge.geo.tiles.spool import Spool

OBJECTS_PER_BYTE: Final = 1 / 45
"""Tagged objects in a byte of .pbf, measured 1/40 to 1/53: only for the percentage shown."""

CITY_LEVEL: Final = 5
"""The admin level that a boundary file's outline gets: a city or regency in Indonesia."""

Made = TypeVar("Made")

DROPPED: Final = "dropped_"
"""Begins the name of a count of what reading left out."""


class Content(Struct, kw_only=True):
    """What was made; the files are in the folder. `samples` are names to try the search with."""

    bounds: Bounds
    network: RoadNetwork
    report: BuildReport
    facilities: list[ImportedFacility]
    counts: dict[str, int]
    dropped: dict[str, int]
    warnings: list[str]
    samples: list[Sample]


class ContentMaker:
    """One making: from `target`, the city's box, or the whole extract when there is none."""

    def __init__(
        self,
        request: ImportRequest,
        files: VersionFiles,
        tell: Tell,
        *,
        outline: Boundary | None,
        target: Bounds | None,
    ) -> None:
        self._request = request
        self._files = files
        self._tell = tell
        self._outline = outline
        self._target = target
        self.seconds: dict[str, float] = {}

    def make(self) -> Content:
        """Fill the folder. Raises `ImportRefused`, `OSError`."""
        with tempfile.TemporaryDirectory(prefix="spool-", dir=self._files.folder) as folder:
            spool = Spool(Path(folder))
            extract = self._timed("read", lambda: self._read(spool))
            points = sum(len(road.lats) for road in extract.roads)
            self._make_room("network", points * NETWORK_BYTES_PER_POINT)
            content = self._timed("network", lambda: self._build_network(extract))
            names = len(extract.roads) + len(extract.features)
            self._make_room("places", names * PLACES_BYTES_PER_NAME)
            self._timed("places", lambda: self._keep_places(extract, content))
            self._make_room("map", spool.fullest_bytes * MAP_BYTES_PER_BYTE)
            tiles = self._timed("map", lambda: self._draw(spool, extract, content))
        content.counts |= {f"map_{layer}": count for layer, count in tiles.features.items()}
        content.counts["map_tiles"] = tiles.tiles
        content.counts["map_bytes"] = tiles.size_bytes
        return content

    def _read(self, spool: Spool) -> Extract:
        path = self._request.extract
        expected = max(1.0, path.stat().st_size * OBJECTS_PER_BYTE)

        def draw(
            form: Form, osm: str, tags: Mapping[str, str], geometry: Callable[[], BaseGeometry]
        ) -> None:
            spool.take(features_of(form, osm, tags, geometry))

        def progress(phase: str, seen: int) -> None:
            self._step("read", int(99 * min(1.0, seen / expected)), f"{seen:,} objects, {phase}")

        box = with_margin(self._target, self._request.margin_m) if self._target else None
        try:
            return read_extract(path, box, progress, shapes=draw, limits=self._request.limits)
        except ExtractElsewhere as error:
            target = self._target or error.seen
            raise elsewhere(self._request, self._outline, target, error) from error
        except ExtractBroken as error:
            raise ImportRefused(str(error)) from error

    def _build_network(self, extract: Extract) -> Content:
        try:
            network, report = build_network(
                extract.roads, extract.restrictions, extract.barriers, version=self._files.name
            )
        except NetworkBroken as error:
            raise ImportRefused(str(error), file=self._request.extract.name) from error
        warning = self._look_at_coverage(network)
        save(network, self._files.network)
        extract.restrictions.clear()
        extract.barriers.clear()
        return Content(
            bounds=extract.bounds,
            network=network,
            report=report,
            facilities=facilities_of(extract.features),
            counts=_counts(extract, network, report),
            dropped=_dropped(extract, report),
            warnings=[] if warning is None else [warning],
            samples=[],
        )

    def _look_at_coverage(self, network: RoadNetwork) -> str | None:
        """A warning, or none. Raises `ImportRefused` for a small part of the city."""
        if self._target is None:
            return None
        return coverage_warning(
            network,
            self._target,
            may_be_partial=self._request.may_be_partial,
            file=self._request.extract.name,
        )

    def _keep_places(self, extract: Extract, content: Content) -> None:
        areas = list(extract.areas)
        if self._outline is not None:
            name = self._request.words.city.name.id
            areas.append(Area("boundary", CITY_LEVEL, name, self._outline.shape))
        save_areas(areas, self._files.areas)
        save_facilities(content.facilities, self._files.facilities)
        kinds = Counter(one.kind for one in content.facilities)
        content.counts |= {f"facilities_{kind}": kinds[kind] for kind in FacilityKind}
        if not extract.areas:
            content.warnings.append("no administrative area in the extract: kelurahan by pack only")
        self._build_search(extract, content)
        extract.roads.clear()

    def _build_search(self, extract: Extract, content: Content) -> None:
        words = self._request.words
        content.counts["documents"] = build_places(words, extract, self._files.gazetteer)
        content.samples = samples_of(extract.features, Random(self._request.extract.name))

    def _draw(self, spool: Spool, extract: Extract, content: Content) -> TileReport:
        bounds = extract.bounds
        sea = sea_polygons(extract.coastline, bounds)
        content.counts["sea_polygons"] = len(sea)
        spool.take(sea_features(sea))
        if self._outline is not None:
            layer, min_zoom, said = boundary(CITY_LEVEL, self._request.pack)
            spool.take([TileFeature(layer, min_zoom, self._outline.shape.boundary, said)])

        def progress(done: int, squares: int) -> None:
            self._make_room("the next square of the map", 0)
            self._step("map", 100 * done // squares, f"{done} of {squares} squares")

        try:
            return write_tiles(
                spool,
                self._files.tiles,
                name=self._request.pack,
                bounds=(bounds.west, bounds.south, bounds.east, bounds.north),
                progress=progress,
            )
        except NothingToDraw as error:
            raise ImportRefused(str(error), file=self._request.extract.name) from error

    def _make_room(self, stage: str, needed_bytes: int) -> None:
        """Raises `ImportRefused` when the stage would take more memory than allowed."""
        try:
            refuse_if_no_room(self._request.extract, self._request.limits, stage, needed_bytes)
        except ExtractBroken as error:
            raise ImportRefused(str(error)) from error

    def _timed(self, phase: str, make: Callable[[], Made]) -> Made:
        self._step(phase, 0)
        start = time.perf_counter()
        made = make()
        self.seconds[phase] = round(time.perf_counter() - start, 2)
        self._step(phase, 100, f"{self.seconds[phase]:.1f} s")
        return made

    def _step(self, phase: str, percent: int, text: str = "") -> None:
        self._tell(Step(phase=phase, percent=percent, held_mb=held_mb(), text=text))


def _counts(extract: Extract, network: RoadNetwork, report: BuildReport) -> dict[str, int]:
    read = {key: count for key, count in extract.counts.items() if not key.startswith(DROPPED)}
    return read | {
        "junctions": network.nodes,
        "edges": network.edges,
        "road_metres": round(network.length_km * 1_000),
        "street_names": len(network.names),
        "roads_kept": report.roads_kept,
        "restrictions_kept": report.restrictions_kept,
        "barriers_kept": report.barriers_kept,
    }


def _dropped(extract: Extract, report: BuildReport) -> dict[str, int]:
    """Everything left out, by reason, most first within each sort."""
    found = {
        key.removeprefix(DROPPED).replace("_", " "): count
        for key, count in extract.counts.items()
        if key.startswith(DROPPED)
    }
    for sort, reasons in (
        ("roads", report.roads_dropped),
        ("turn restrictions", report.restrictions_dropped),
        ("barriers", report.barriers_dropped),
    ):
        most_first = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
        found |= {f"{sort}: {reason}": count for reason, count in most_first}
    found |= {
        "islands (roads that do not hang together with the rest)": report.islands,
        "edges on islands": report.island_edges,
        "metres of road on islands": round(report.island_km * 1_000),
        "metres of road without a name (kept)": round(report.unnamed_km * 1_000),
    }
    return {reason: count for reason, count in found.items() if count}
