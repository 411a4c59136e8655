"""What the router is measured against: networks to try, and a Dijkstra as in the textbook.

The reference is slow and plain: a heap of (cost, course), turns looked up one by one, no units hung
anywhere. It shares with the router only the weights and the fractions that it is asked about.
"""

import heapq
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from msgspec import structs

from kentongan.core.words import WayDirection
from kentongan.edge.geo.network.assemble import Piece, Turn, assemble
from kentongan.edge.geo.network.build import BuiltNetwork, build_network
from kentongan.edge.geo.network.profiles import CLOSED, PROFILES, Profile, bit
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, RoadNetwork
from kentongan.edge.geo.osm.read import read_extract
from kentongan.edge.geo.routing.closures import Closure
from kentongan.edge.geo.routing.router import Router

EXTRACTS = Path(__file__).parents[3] / "shared" / "vectors" / "geo" / "osm"
ONE = 1 << 20


@cache
def built(name: str) -> BuiltNetwork:
    """The network of an extract; skips where the file is absent."""
    path = EXTRACTS / f"{name}.osm.pbf"
    if not path.is_file():
        pytest.skip(f"{path.name} is not beside the project")
    extract = read_extract(path)
    return build_network(extract.roads, extract.restrictions, extract.barriers, version=name)


def lattice(
    size: int,
    seed: int = 1,
    *,
    oneway_share: float = 0.0,
    turns: int = 0,
    binds: int = 31,
    step: float = 0.002,
    signs_share: float = 0.0,
) -> RoadNetwork:
    """A square of streets near the equator, some one-way, with some turns not allowed, some with a
    sign or a limit."""
    chance = random.Random(seed)
    pieces: list[Piece] = []
    for row in range(size):
        for column in range(size):
            for down, right in ((0, 1), (1, 0)):
                if row + down < size and column + right < size:
                    pieces.append(_street(row, column, row + down, column + right, size, step))
    for at in range(len(pieces)):
        if chance.random() < oneway_share:
            pieces[at] = pieces[at]._replace(flags=chance.choice((1 | 8, 2 | 8)))
        if chance.random() < signs_share:
            pieces[at] = pieces[at]._replace(
                flags=pieces[at].flags | chance.choice((0, 256, 512, 768)),
                maxheight=chance.choice((0, 21, 25, 34, 40)),
                maxweight=chance.choice((0, 4, 6, 31, 40)),
            )
    found = [_turn(pieces, chance, binds) for _ in range(turns)]
    return assemble(pieces, found, source="synthetic", label="lattice", version="1").network


def _street(row: int, column: int, to_row: int, to_column: int, size: int, step: float) -> Piece:
    lats = (row * step, (row + to_row) * step / 2, to_row * step)
    lons = (110 + column * step, 110 + (column + to_column) * step / 2, 110 + to_column * step)
    tail, head = row * size + column + 1, to_row * size + to_column + 1
    kind = KIND_OF["primary"] if row % 4 == 0 and to_row == row else KIND_OF["residential"]
    return Piece(tail, head, lats, lons, 1000 + len(lats) * tail, kind, BOTH, f"Jalan {row}")


def _turn(pieces: Sequence[Piece], chance: random.Random, binds: int) -> Turn:
    while True:
        into = chance.randrange(len(pieces))
        node = chance.choice((pieces[into].tail, pieces[into].head))
        out = [at for at, piece in enumerate(pieces) if node in {piece.tail, piece.head}]
        return Turn(into, node, chance.choice(out), binds)


def with_turns(network: RoadNetwork, count: int, seed: int) -> RoadNetwork:
    """The same roads with so many turns not allowed, for some or all profiles, anywhere."""
    chance = random.Random(seed)
    at: Mapping[int, list[int]] = _meeting(network)
    crossings = [node for node, edges in at.items() if len(edges) >= 3]
    turns: dict[tuple[int, int, int], int] = {}
    while len(turns) < count:
        node = chance.choice(crossings)
        into, out = chance.choice(at[node]), chance.choice(at[node])
        turns[into, node, out] = chance.choice((31, 31, chance.randrange(1, 32)))
    return structs.replace(
        network,
        restricted=np.array(list(turns), dtype=np.int32),
        restricted_for=np.array(list(turns.values()), dtype=np.uint8),
    )


def _meeting(network: RoadNetwork) -> Mapping[int, list[int]]:
    """The edges that meet at each junction; those that begin and end there are none of them."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for edge, (tail, head) in enumerate(
        zip(network.tail.tolist(), network.head.tolist(), strict=True)
    ):
        if tail != head:
            found[tail].append(edge)
            found[head].append(edge)
    return found


def shut(
    router: Router, edges: Iterable[int], direction: WayDirection = "both", factor: float = 0.0
) -> str:
    """Close edges by their numbers, or make them so many times slower; the closure's id."""
    closure = Closure(
        id=f"{direction} {factor} {list(edges)[:1]}",
        geometry={},
        factors=dict.fromkeys(PROFILES, factor),
        direction=direction,
    )
    router.close_edges(closure, list(edges))
    return closure.id


class Standing(NamedTuple):
    """A unit: its number, edge, fraction, what turning costs it forward and backward, its mask."""

    unit: int
    edge: int
    fraction: int
    turn_forward: int
    turn_backward: int
    mask: int


class Textbook:
    """Cost from units to a goal over courses (2·edge forward, 2·edge + 1 backward)."""

    def __init__(
        self,
        network: RoadNetwork,
        forward: Sequence[int],
        backward: Sequence[int],
        profile: Profile,
    ) -> None:
        self.weight = [w for pair in zip(forward, backward, strict=True) for w in pair]
        self.begin = [
            n for e in zip(network.tail.tolist(), network.head.tolist(), strict=True) for n in e
        ]
        self.end = [
            n for e in zip(network.head.tolist(), network.tail.tolist(), strict=True) for n in e
        ]
        self.into: Mapping[int, list[int]] = _grouped(self.end)
        rows = zip(network.restricted.tolist(), network.restricted_for.tolist(), strict=True)
        self.barred = {tuple(row) for row, binds in rows if binds & bit(profile)}

    def may_turn(self, course: int, following: int) -> bool:
        """Whether one may drive from a course into the next."""
        return (course >> 1, self.end[course], following >> 1) not in self.barred

    def nearest(
        self, edge: int, fraction: int, units: Iterable[Standing], k: int, need: int, limit: int
    ) -> list[tuple[int, int]]:
        """The k cheapest (cost, unit), in that order."""
        asked = [unit for unit in units if unit.mask & need == need]
        on_edge: Mapping[int, list[Standing]] = _grouped_by(asked)
        best = self._same_edge(edge, fraction, on_edge.get(edge, []))
        heap: list[tuple[int, int]] = []
        left: set[int] = set()
        last = self._last(best, k, limit)
        goals = ((2 * edge, fraction), (2 * edge + 1, ONE - fraction))
        for goal, share in goals:
            if self.weight[goal] < CLOSED:
                for course in self.into[self.begin[goal]]:
                    if self.may_turn(course, goal):
                        heapq.heappush(heap, (share * self.weight[goal] >> 20, course))
        while heap:
            cost, course = heapq.heappop(heap)
            if course in left:
                continue
            left.add(course)
            if cost > last:
                break  # nothing that comes now is as cheap as the last of those wanted
            if self.weight[course] >= CLOSED:
                continue  # nobody comes along it
            for unit in on_edge.get(course >> 1, []):
                ahead = ONE - unit.fraction if course & 1 == 0 else unit.fraction
                turn = unit.turn_backward if course & 1 else unit.turn_forward
                total = cost + (ahead * self.weight[course] >> 20) + turn
                if total < best.get(unit.unit, CLOSED):
                    best[unit.unit] = total
                    last = self._last(best, k, limit)
            for before in self.into[self.begin[course]]:
                if before not in left and self.may_turn(before, course):
                    heapq.heappush(heap, (cost + self.weight[course], before))
        return sorted((cost, unit) for unit, cost in best.items() if cost <= limit)[:k]

    @staticmethod
    def _last(best: Mapping[int, int], k: int, limit: int) -> int:
        """What the last of the k cheapest costs, or the limit while there are fewer within it."""
        within = heapq.nsmallest(k, (cost for cost in best.values() if cost <= limit))
        return within[-1] if len(within) == k else limit

    def _same_edge(self, edge: int, fraction: int, units: Iterable[Standing]) -> dict[int, int]:
        best: dict[int, int] = {}
        for unit in units:
            ahead = fraction - unit.fraction
            forward, backward = self.weight[2 * edge], self.weight[2 * edge + 1]
            if ahead >= 0 and forward < CLOSED:
                best[unit.unit] = (ahead * forward >> 20) + unit.turn_forward
            if ahead <= 0 and backward < CLOSED:
                cost = (-ahead * backward >> 20) + unit.turn_backward
                best[unit.unit] = min(best.get(unit.unit, CLOSED), cost)
        return best


def _grouped(nodes: Sequence[int]) -> Mapping[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for course, node in enumerate(nodes):
        found[node].append(course)
    return found


def _grouped_by(units: Iterable[Standing]) -> Mapping[int, list[Standing]]:
    found: defaultdict[int, list[Standing]] = defaultdict(list)
    for unit in units:
        found[unit.edge].append(unit)
    return found
