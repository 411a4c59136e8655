"""A new version looks at itself before anybody uses it.

Each check is cheap and would catch what has gone wrong in practice: half an extract (islands), a
map without help on it, tiles that do not open. What does not pass keeps the old version running.
The search is tried in `places`.
"""

import gzip
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, cast

import mapbox_vector_tile
import numpy as np
import pmtiles.reader as _reader
from numpy.typing import NDArray

from kentongan.edge.geo.imported.facilities import FacilityKind, ImportedFacility
from kentongan.edge.geo.imported.manifest import Checked
from kentongan.edge.geo.network.build import BuildReport
from kentongan.edge.geo.network.profiles import CLOSED, Profile, weights
from kentongan.edge.geo.network.road_network import (
    KIND_OF,
    NOT_FOR_CARS,
    RoadNetwork,
    load,
)
from kentongan.edge.geo.network.sparse import distances

LARGEST_SHARE: Final = 0.90
"""Part of the drivable kilometres that must hang together; a cut extract has less."""

ROUTES: Final = 100
_STARTS: Final = 10
TILES_OPENED: Final = 200
NOON: Final = 12


def check_connected(report: BuildReport, network: RoadNetwork) -> Checked:
    """Most kilometres of road for cars hang together; footpaths often do not."""
    not_for_cars = [KIND_OF[kind] for kind in NOT_FOR_CARS]
    inside_km = float(network.length_m[~np.isin(network.kind, not_for_cars)].sum()) / 1_000
    whole_km = inside_km + report.cut_off_km
    share = inside_km / whole_km if whole_km else 0.0
    detail = f"{share:.1%} of {whole_km:,.0f} km hang together; {LARGEST_SHARE:.0%} needed"
    return Checked(name="connected", passed=share > LARGEST_SHARE, detail=detail)


def check_hospital(facilities: Sequence[ImportedFacility], *, may_lack: bool) -> Checked:
    """There is a hospital, unless somebody said that there is none."""
    found = sum(one.kind is FacilityKind.HOSPITAL for one in facilities)
    detail = f"{found} hospitals"
    if not found:
        detail += ", accepted as said" if may_lack else "; --no-hospital accepts a city without one"
    return Checked(name="hospital", passed=found > 0 or may_lack, detail=detail)


def check_routes(path: Path, chance: Random) -> Checked:
    """The saved network opens, and random journeys by ambulance end."""
    network = load(path)
    there, back = weights(network, Profile.AMBULANCE, NOON)
    matrix, nodes = _matrix(network, there, back)
    if len(nodes) < 2:
        return Checked(name="routes", passed=False, detail="no road an ambulance may drive")
    ended = 0
    for _ in range(_STARTS):
        from_start, _ = distances(matrix, int(chance.choice(nodes)), np.inf)
        goals = [int(chance.choice(nodes)) for _ in range(ROUTES // _STARTS)]
        ended += int(np.isfinite(from_start[goals]).sum())
    detail = f"{ended} of {ROUTES} random journeys end"
    return Checked(name="routes", passed=ended == ROUTES, detail=detail)


def check_tiles(path: Path) -> Checked:
    """The map opens: header, directory, and a sample of tiles with roads in them."""
    opened, roads = 0, 0
    with path.open("rb") as file:

        def part(offset: int, length: int) -> bytes:
            file.seek(offset)
            return file.read(length)

        try:
            total = int(cast(Any, _reader).Reader(part).header()["addressed_tiles_count"])
            step = max(1, total // TILES_OPENED)
            for number, (_, data) in enumerate(cast(Any, _reader).all_tiles(part)):
                if number % step == 0:
                    tile = cast(Any, mapbox_vector_tile).decode(gzip.decompress(data))
                    opened += 1
                    roads += "road" in tile
        except (ValueError, KeyError, EOFError, OSError, RuntimeError) as error:
            return Checked(name="tiles", passed=False, detail=f"the map does not open: {error}")
    detail = f"{opened} of {total} tiles opened, {roads} with roads"
    return Checked(name="tiles", passed=roads > 0, detail=detail)


def _matrix(
    network: RoadNetwork, there: NDArray[np.int32], back: NDArray[np.int32]
) -> tuple[tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]], list[int]]:
    """The network as CSR (data, columns, rows), the cheapest of parallel arcs, and its nodes."""
    origin = np.concatenate((network.tail, network.head))
    goal = np.concatenate((network.head, network.tail))
    cost = np.concatenate((there, back)).astype(np.float64)
    is_open = (cost < CLOSED) & (origin != goal)
    origin, goal, cost = origin[is_open], goal[is_open], cost[is_open]
    order = np.lexsort((cost, goal, origin))
    origin, goal, cost = origin[order], goal[order], cost[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (origin[1:] != origin[:-1]) | (goal[1:] != goal[:-1])
    origin, goal, cost = origin[first], goal[first], cost[first]
    rows = np.searchsorted(origin, np.arange(network.nodes + 1)).astype(np.int32)
    return (cost, goal.astype(np.int32), rows), np.unique(origin).tolist()
