"""From pieces of road to the arrays of a network: lengths, connected part, order in memory.

It does not know where the pieces come from (`build` cuts them out of an extract, `synthetic`
draws them). Only the largest strongly connected part is kept: from everywhere in it one can drive
everywhere, and back. What falls out is counted, never silent.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kentongan.cities.distance import EARTH_M
from kentongan.edge.geo.network.road_network import (
    NOT_FOR_CARS,
    ROAD_KINDS,
    EdgeFlag,
    NetworkBroken,
    RoadNetwork,
)
from kentongan.edge.geo.network.sparse import strong_parts, weak_parts

MORTON_BITS: Final = 16
"""Bits per axis of the curve: 65,536 steps, about one metre in a city."""


class Piece(NamedTuple):
    """A piece of road between two junctions, which are named by any numbers.

    The polyline runs from tail to head, both ends included. `kind` indexes `ROAD_KINDS`, `flags`
    are of `EdgeFlag`, `maxspeed` is km/h, `maxheight` tenths of a metre, `maxweight` halves of a
    tonne, each 0 for none.
    """

    tail: int
    head: int
    lats: tuple[float, ...]
    lons: tuple[float, ...]
    way: int
    kind: int
    flags: int
    name: str = ""
    maxspeed: int = 0
    maxheight: int = 0
    maxweight: int = 0


class Turn(NamedTuple):
    """A turn that is not allowed: out of a piece, over a junction, into a piece (positions in the
    list). `binds` has the bits of the profiles that it binds."""

    from_piece: int
    node: int
    to_piece: int
    binds: int


class Assembled(NamedTuple):
    """The network, and what lies outside its connected part.

    `cut_off_km` are the roads for cars among it that touch the connected part nowhere, not even by
    a one-way: at an extract's border many one-ways lead out and never back, and that is no fault.
    """

    network: RoadNetwork
    islands: int
    island_edges: int
    island_km: float
    cut_off_km: float
    turns_dropped: int


def assemble(
    pieces: Sequence[Piece],
    turns: Sequence[Turn] = (),
    *,
    source: Literal["osm", "synthetic"],
    label: str,
    version: str,
) -> Assembled:
    """Build the network. Raises `NetworkBroken` when nothing can be driven."""
    if not pieces:
        raise NetworkBroken("no road that can be driven")
    keys, flat = np.unique(
        np.array([(piece.tail, piece.head) for piece in pieces], dtype=np.int64),
        return_inverse=True,
    )
    ends: NDArray[np.int64] = flat.reshape(-1, 2)
    part = largest_part(len(keys), ends, np.array([piece.flags for piece in pieces]))
    kept = part.nodes[ends[:, 0]] & part.nodes[ends[:, 1]]
    if not kept.any():
        raise NetworkBroken("no two junctions with a way there and back between them")
    lats, lons = _positions(len(keys), ends, pieces)
    new_node = _morton_numbers(lats, lons, part.nodes)
    order = np.flatnonzero(kept)
    order = order[np.argsort(new_node[ends[order, 0]], kind="stable")]
    new_edge = np.full(len(pieces), -1, dtype=np.int64)
    new_edge[order] = np.arange(len(order))
    node_of = dict(zip(keys.tolist(), new_node.tolist(), strict=True))
    kept_turns = _renumbered(turns, new_edge, node_of)
    numbers: list[int] = order.tolist()
    network = _network(
        [pieces[at] for at in numbers],
        new_node[ends[order]],
        kept_turns,
        (source, label, version),
    )
    lost = [piece for piece, is_kept in zip(pieces, kept.tolist(), strict=True) if not is_kept]
    return Assembled(
        network=network,
        islands=part.others,
        island_edges=len(lost),
        island_km=_km(lost),
        cut_off_km=_cut_off_km(pieces, ends, part),
        turns_dropped=len(turns) - len(kept_turns),
    )


class Part(NamedTuple):
    """Which nodes belong to the largest strongly connected part, and how many parts there are
    besides it (those with at least one edge)."""

    nodes: NDArray[np.bool_]
    others: int


def largest_part(nodes: int, ends: NDArray[np.int64], flags: NDArray[np.int64]) -> Part:
    """The largest part by nodes, of edges between `ends` with the direction bits of `flags`."""
    forward = (flags & EdgeFlag.FORWARD) != 0
    backward = (flags & EdgeFlag.BACKWARD) != 0
    origin = np.concatenate((ends[forward, 0], ends[backward, 1]))
    goal = np.concatenate((ends[forward, 1], ends[backward, 0]))
    labels = strong_parts(nodes, origin, goal)
    largest = int(np.bincount(labels).argmax())
    chosen: NDArray[np.bool_] = labels == largest
    used = np.unique(labels[ends[forward | backward]])
    return Part(chosen, len(used) - int(largest in used))


def _cut_off_km(pieces: Sequence[Piece], ends: NDArray[np.int64], part: Part) -> float:
    labels = weak_parts(len(part.nodes), ends[:, 0], ends[:, 1])
    main = labels[part.nodes][0]
    return _km(
        [
            piece
            for piece, label in zip(pieces, labels[ends[:, 0]], strict=True)
            if label != main and ROAD_KINDS[piece.kind] not in NOT_FOR_CARS
        ]
    )


def _km(pieces: Sequence[Piece]) -> float:
    return float(_lengths_m(pieces).sum()) / 1_000 if pieces else 0.0


def _lengths_m(pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """Length of each polyline; equirectangular for each of its segments."""
    counts = np.array([len(piece.lats) for piece in pieces])
    lats = np.radians(np.concatenate([piece.lats for piece in pieces]))
    lons = np.radians(np.concatenate([piece.lons for piece in pieces]))
    north = np.diff(lats)
    east = np.diff(lons) * np.cos((lats[1:] + lats[:-1]) / 2)
    steps = np.append(EARTH_M * np.hypot(north, east), 0.0)
    steps[np.cumsum(counts) - 1] = 0.0  # from one piece's end to the next one's beginning
    starts = np.cumsum(counts) - counts
    return np.add.reduceat(steps, starts)


def _positions(
    nodes: int, ends: NDArray[np.int64], pieces: Sequence[Piece]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lats, lons = np.zeros(nodes), np.zeros(nodes)
    lats[ends] = np.array([(piece.lats[0], piece.lats[-1]) for piece in pieces])
    lons[ends] = np.array([(piece.lons[0], piece.lons[-1]) for piece in pieces])
    return lats, lons


def _morton_numbers(
    lats: NDArray[np.float64], lons: NDArray[np.float64], kept: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The new number of each node along the curve; -1 for those that are not kept."""
    code = _spread(_steps(lats, kept)) << 1 | _spread(_steps(lons, kept))
    order = np.flatnonzero(kept)
    order = order[np.argsort(code[order], kind="stable")]
    numbers = np.full(len(lats), -1, dtype=np.int64)
    numbers[order] = np.arange(len(order))
    return numbers


def _steps(values: NDArray[np.float64], kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    low, high = float(values[kept].min()), float(values[kept].max())
    scaled = (values - low) / max(high - low, 1e-9) * ((1 << MORTON_BITS) - 1)
    return np.clip(scaled, 0, (1 << MORTON_BITS) - 1).astype(np.int64)


def _spread(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each bit moved to twice its place."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        values = (values | values << shift) & mask
    return values


def _renumbered(
    turns: Sequence[Turn], new_edge: NDArray[np.int64], node_of: dict[int, int]
) -> list[tuple[int, int, int, int]]:
    """The turns in new numbers, each once, without those on roads that fell out."""
    binding: dict[tuple[int, int, int], int] = {}
    for turn in turns:
        key = (int(new_edge[turn.from_piece]), node_of[turn.node], int(new_edge[turn.to_piece]))
        if min(key) >= 0:
            binding[key] = binding.get(key, 0) | turn.binds
    return [(*key, binds) for key, binds in sorted(binding.items())]


def _network(
    pieces: Sequence[Piece],
    ends: NDArray[np.int64],
    turns: Sequence[tuple[int, int, int, int]],
    origin: tuple[Literal["osm", "synthetic"], str, str],
) -> RoadNetwork:
    """The arrays, of pieces in their final order between nodes with their final numbers."""
    lats, lons = _positions(int(ends.max()) + 1, ends, pieces)
    names = sorted({piece.name for piece in pieces if piece.name})
    number = {name: at for at, name in enumerate(names)} | {"": -1}
    counts = [len(piece.lats) for piece in pieces]
    source, label, version = origin
    return RoadNetwork(
        node_lat=lats,
        node_lon=lons,
        tail=ends[:, 0].astype(np.int32),
        head=ends[:, 1].astype(np.int32),
        length_m=_lengths_m(pieces).astype(np.float32),
        way=np.array([piece.way for piece in pieces], dtype=np.int64),
        kind=np.array([piece.kind for piece in pieces], dtype=np.uint8),
        flags=np.array([int(piece.flags) for piece in pieces], dtype=np.uint16),
        maxspeed=np.array([piece.maxspeed for piece in pieces], dtype=np.uint8),
        maxheight=np.array([piece.maxheight for piece in pieces], dtype=np.uint8),
        maxweight=np.array([piece.maxweight for piece in pieces], dtype=np.uint8),
        name=np.array([number[piece.name] for piece in pieces], dtype=np.int32),
        names=tuple(names),
        shape_start=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        shape_lat=np.concatenate([piece.lats for piece in pieces]).astype(np.float64),
        shape_lon=np.concatenate([piece.lons for piece in pieces]).astype(np.float64),
        restricted=np.array([turn[:3] for turn in turns], dtype=np.int32).reshape(-1, 3),
        restricted_for=np.array([turn[3] for turn in turns], dtype=np.uint8),
        source=source,
        label=label,
        version=version,
    )
