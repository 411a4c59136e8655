"""How quick the router is: nearest, all units, positions, closures; beside scipy and networkit.

Extracts come from beside the project and are left out with a line where they are absent; networkit
is used where it is installed. `BENCH_PEERS` may name a folder with peers that are no dependency.
Every figure is told as wall time and, with `cpu_` before its name, as time of this thread alone,
which a busy machine does not lengthen. Peers answer the same question: who are the ten nearest of
the same units to the same place, on the same graph with the same weights.
"""

import importlib
import importlib.util
import os
import random
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from kentongan.cities.pack import load, packaged
from kentongan.edge.geo.network.assemble import Piece, assemble
from kentongan.edge.geo.network.build import build_network
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, RoadNetwork
from kentongan.edge.geo.osm.read import read_extract
from kentongan.edge.geo.routing.closures import Closure
from kentongan.edge.geo.routing.kernels import CLOSED
from kentongan.edge.geo.routing.layer import Layer
from kentongan.edge.geo.routing.router import Move, Router
from kentongan.edge.geo.synthetic.network import synthetic_network

EXTRACTS = Path(__file__).parents[2] / "shared" / "vectors" / "geo" / "osm"
QUERIES = 1_000
TOLD = 500
"""Units whose moves `geo` is told at once: those of half a second in the largest fleet."""

FLOODED = 400
"""Edges under a flood of a quarter: closed and opened as one."""

SIZES = (100, 173, 245, 316, 447, 548)  # squares of 10k to 300k junctions

if os.environ.get("BENCH_PEERS"):
    sys.path.append(os.environ["BENCH_PEERS"])


def tell(name: str, value: float, unit: str) -> None:
    """One figure as a JSON line."""
    line = {"name": name, "value": round(value, 5), "unit": unit}
    print(msgspec.json.encode(line).decode(), flush=True)


def timed(
    name: str,
    work: Callable[[], object],
    times: int,
    unit: str = "ms",
    between: Callable[[], object] = lambda: None,
) -> None:
    """Median and 99th percentile of a piece of work, wall and thread time; `between` happens before
    each and is not timed."""
    scale = {"ms": 1e3, "us": 1e6}[unit]
    wall, cpu = np.empty(times), np.empty(times)
    for at in range(times):
        between()
        started, started_cpu = time.perf_counter(), time.thread_time()
        work()
        cpu[at] = time.thread_time() - started_cpu
        wall[at] = time.perf_counter() - started
    for prefix, values in (("", wall), ("cpu_", cpu)):
        tell(f"{prefix}{name}_p50", float(np.percentile(values, 50)) * scale, unit)
        tell(f"{prefix}{name}_p99", float(np.percentile(values, 99)) * scale, unit)


def batched(
    name: str, work: Callable[[], object], inner: int, times: int, *, each: int = 1
) -> None:
    """The same for work of microseconds: median of batches, per piece (`each` of them at once)."""
    wall, cpu = np.empty(times), np.empty(times)
    for at in range(times):
        started, started_cpu = time.perf_counter(), time.thread_time()
        for _ in range(inner):
            work()
        cpu[at] = (time.thread_time() - started_cpu) / (inner * each)
        wall[at] = (time.perf_counter() - started) / (inner * each)
    tell(f"{name}_p50", float(np.median(wall)) * 1e6, "us")
    tell(f"cpu_{name}_p50", float(np.median(cpu)) * 1e6, "us")


def city(name: str) -> RoadNetwork | None:
    """The network of an extract, or None where it is absent; `synthetic` is the pack's."""
    if name == "synthetic":
        started = time.perf_counter()
        network = synthetic_network(load(packaged())).network
        tell("synthetic_build", time.perf_counter() - started, "s")
        return network
    path = EXTRACTS / f"{name}.osm.pbf"
    if not path.is_file():
        tell(f"{name}_absent", 1, "")
        return None
    started = time.perf_counter()
    extract = read_extract(path)
    tell(f"{name}_read", time.perf_counter() - started, "s")
    started = time.perf_counter()
    network = build_network(extract.roads, extract.restrictions, extract.barriers).network
    tell(f"{name}_build", time.perf_counter() - started, "s")
    return network


def grid(size: int) -> RoadNetwork:
    """A square of streets, every fifth of them a main road."""
    step, pieces = 0.0011, list[Piece]()
    for row in range(size):
        for column in range(size):
            for down, right in ((0, 1), (1, 0)):
                if row + down < size and column + right < size:
                    is_main = (row if right else column) % 5 == 0
                    kind = KIND_OF["secondary" if is_main else "residential"]
                    lats = (row * step, (row + down) * step)
                    lons = (110 + column * step, 110 + (column + right) * step)
                    tail, head = row * size + column, (row + down) * size + column + right
                    pieces.append(Piece(tail, head, lats, lons, 1 + tail, kind, int(BOTH)))
    return assemble(pieces, source="synthetic", label="grid", version="").network


def positions(network: RoadNetwork, count: int, seed: int) -> list[tuple[float, float]]:
    """Places near roads."""
    chance = random.Random(seed)
    at = [chance.randrange(network.nodes) for _ in range(count)]
    return [
        (
            float(network.node_lat[node]) + chance.gauss(0, 0.0004),
            float(network.node_lon[node]) + chance.gauss(0, 0.0004),
        )
        for node in at
    ]


def staffed(network: RoadNetwork, units: int) -> Router:
    """A router with so many ambulances."""
    router = Router(network)
    for number, (lat, lon) in enumerate(positions(network, units, 1)):
        router.place_unit(f"U{number}", lat, lon, Profile.AMBULANCE, can=1)
    return router


def shut(router: Router, edge: int) -> None:
    """Close one edge to everybody, as a closure that means it."""
    router.close_edges(Closure(id=f"{edge}", geometry={}), (edge,))


def cycled(values: list[tuple[float, float]]) -> Callable[[], tuple[float, float]]:
    """Each time the next of them."""
    state = [0]

    def following() -> tuple[float, float]:
        state[0] = (state[0] + 1) % len(values)
        return values[state[0]]

    return following


def measure_city(name: str, network: RoadNetwork) -> None:
    """All figures of one network."""
    tell(f"{name}_junctions", network.nodes, "")
    tell(f"{name}_edges", network.edges, "")
    started = time.perf_counter()
    router = staffed(network, 5_000)
    router.nearest(*positions(network, 1, 9)[0], 10)
    tell(f"{name}_start", time.perf_counter() - started, "s")
    place, move = cycled(positions(network, 997, 2)), cycled(positions(network, 991, 3))
    keys = cycled([(at, 0.0) for at in range(5_000)])

    def gps() -> None:
        router.place_unit(f"U{int(keys()[0])}", *move(), Profile.AMBULANCE, can=1)

    def moves() -> list[Move]:
        told = range(TOLD)
        return [Move(f"U{int(keys()[0])}", *move(), Profile.AMBULANCE, None, 1) for _ in told]

    def moving() -> None:
        for _ in range(20):
            gps()

    batched(f"{name}_gps_update_alone", gps, 100, 100)
    told = iter([moves() for _ in range(100)])
    batched(f"{name}_gps_update", lambda: router.place_units(next(told)), 1, 100, each=TOLD)
    timed(
        f"{name}_nearest10_of_5000",
        lambda: router.nearest(*place(), 10, need=1),
        QUERIES,
        between=moving,
    )
    timed(f"{name}_all_etas_of_5000", lambda: router.etas(*place()), 200)
    closing = cycled([(at * 7 % network.edges, 0.0) for at in range(400)])
    opening = cycled([(at * 7 % network.edges, 0.0) for at in range(400)])
    batched(f"{name}_close_edge", lambda: shut(router, int(closing()[0])), 10, 40)
    batched(f"{name}_open_edge", lambda: router.lift(f"{int(opening()[0])}"), 10, 40)
    area = tuple(range(0, FLOODED * 7, 7))
    flood = Closure(id="flood", geometry={})
    batched(f"{name}_close_edge_of_{FLOODED}", lambda: router.close_edges(flood, area), 1, 20,
            each=FLOODED)  # fmt: skip
    router.lift("flood")
    few = staffed(network, 12)
    timed(f"{name}_nearest10_of_12", lambda: few.nearest(*place(), 10, need=1), QUERIES // 2)
    posts = [
        (float(network.node_lat[at]), float(network.node_lon[at])) for at in range(0, 1200, 100)
    ]
    for number, (lat, lon) in enumerate(posts):
        few.place_unit(f"U{number}", lat, lon, Profile.AMBULANCE)
    units = [f"U{number}" for number in range(12)]
    few.coverage(Profile.AMBULANCE, 480, units=units)
    timed(
        f"{name}_coverage_8min_of_12", lambda: few.coverage(Profile.AMBULANCE, 480, units=units), 50
    )
    beside(name, network, router, positions(network, 30, 4))


def beside(
    name: str, network: RoadNetwork, router: Router, places: list[tuple[float, float]]
) -> None:
    """The same question put to the peers."""
    for closure in router.closures():
        router.lift(closure.id)
    slow = Router(network, kernel="scipy")
    for number, (lat, lon) in enumerate(positions(network, 5_000, 1)):
        slow.place_unit(f"U{number}", lat, lon, Profile.AMBULANCE, can=1)
        router.place_unit(f"U{number}", lat, lon, Profile.AMBULANCE, can=1)
    wrong = sum(
        [d.seconds for d in router.nearest(*place, 10).found]
        != [d.seconds for d in slow.nearest(*place, 10).found]
        for place in places
    )
    tell(f"{name}_scipy_other_answers", wrong, f"of {len(places)}")
    place = cycled(places)
    timed(f"{name}_scipy_nearest10_of_5000", lambda: slow.nearest(*place(), 10), 60)
    timed(f"{name}_scipy_all_etas_of_5000", lambda: slow.etas(*place()), 60)
    if importlib.util.find_spec("networkit") is None:
        tell(f"{name}_networkit_absent", 1, "")
        return
    layer = router._roads.layer(Profile.AMBULANCE)
    networkit_nearest(name, layer, router, places)


def networkit_nearest(
    name: str, layer: Layer, router: Router, places: Iterable[tuple[float, float]]
) -> None:
    """networkit's Dijkstra from the incident over the turned graph, then the units."""
    networkit: Any = importlib.import_module("networkit")

    graph = networkit.Graph(layer.graph.nodes + 1, weighted=True, directed=True)
    ends = np.repeat(np.arange(layer.graph.nodes), np.diff(layer.graph.start))
    for end, origin, weight in zip(ends, layer.arcs[:, 0], layer.arcs[:, 1], strict=True):
        if weight < CLOSED:
            graph.addEdge(int(end), int(origin), float(weight))
    source, hung = layer.graph.nodes, layer.entries[:, 2] >= 0
    nodes, left, units = layer.entries[hung, 2], layer.entries[hung, 3], np.flatnonzero(hung) >> 1
    asked = list(places)
    place = cycled(asked)

    def ask(lat: float, lon: float) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Tenths of each entry of a unit to the place, by networkit."""
        goal = layer.goal_at(*router._roads.grid.metres(lat, lon))
        assert goal is not None
        starts = [(int(node), int(cost)) for node, cost, _ in layer.starts(goal)]
        for node, cost in starts:
            graph.addEdge(source, node, float(cost))
        run = networkit.distance.Dijkstra(graph, source, storePaths=False)
        run.run()
        reached = np.array(run.getDistances(), np.float64)
        for node, _ in starts:
            graph.removeEdge(source, node)
        return reached[nodes] + left

    def is_otherwise(lat: float, lon: float) -> bool:
        """Whether the ten that came by a junction cost other tenths than networkit says."""
        goal = layer.goal_at(*router._roads.grid.metres(lat, lon))
        assert goal is not None
        found = layer.search(goal, 10, 0, -1, CLOSED)
        on_the_edge = {int(unit) for unit, _, entry in found if entry < 0}
        ours = sorted(int(cost) for _, cost, entry in found if entry >= 0)
        best: dict[int, float] = {}
        for unit, cost in zip(units.tolist(), ask(lat, lon).tolist(), strict=True):
            best[unit] = min(cost, best.get(unit, cost))
        theirs = sorted(cost for unit, cost in best.items() if unit not in on_the_edge)
        return ours != theirs[: len(ours)]

    def ten() -> list[float]:
        return np.sort(np.partition(ask(*place()), 10)[:10]).tolist()

    ten()
    timed(f"{name}_networkit_nearest10_of_5000", ten, 30)
    tell(
        f"{name}_networkit_other_answers",
        sum(is_otherwise(*one) for one in asked),
        f"of {len(asked)}",
    )


def growth() -> None:
    """From 10k to 300k junctions."""
    for size in SIZES:
        started = time.perf_counter()
        network = grid(size)
        name = f"grid_{network.nodes // 1000}k"
        tell(f"{name}_build", time.perf_counter() - started, "s")
        router, few = staffed(network, 5_000), staffed(network, 12)
        place, move = cycled(positions(network, 499, 2)), cycled(positions(network, 991, 3))
        router.nearest(*place(), 10)
        timed(f"{name}_nearest10_of_5000", lambda r=router, p=place: r.nearest(*p(), 10), 300)
        few.nearest(*place(), 10)
        timed(f"{name}_nearest10_of_12", lambda r=few, p=place: r.nearest(*p(), 10), 60)
        timed(f"{name}_all_etas_of_5000", lambda r=router, p=place: r.etas(*p()), 30)
        batched(
            f"{name}_gps_update",
            lambda r=router, m=move: r.place_unit("U7", *m(), Profile.AMBULANCE, can=1),
            100,
            20,
        )


def main() -> None:
    """Cities, then growth; `bench_geo.py growth` or a city's name for a part."""
    asked = sys.argv[1:] or ["porto_alegre", "synthetic", "heidelberg", "growth"]
    started = time.perf_counter()
    warm = Router(grid(4))
    warm.warm_up()
    tell("warm_up", time.perf_counter() - started, "s")
    for name in asked:
        if name == "growth":
            growth()
        elif (network := city(name)) is not None:
            measure_city(name, network)


if __name__ == "__main__":
    main()
