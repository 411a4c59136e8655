"""Streets and crossings of a road network: the names a caller says, where they run and meet.

A long street is one document a kelurahan, so that "Jalan Majapahit" can be said with its kelurahan;
the pieces that hang together are one group, so that it is proposed once. Crossings are all
junctions where two names meet. What is synthetic says so in every document.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.cities.facts import Confidence
from kentongan.cities.gazetteer import Caution, PlaceKind
from kentongan.cities.junctions import Junction
from kentongan.edge.geo.gazetteer.areas import Areas, contexts_of
from kentongan.edge.geo.gazetteer.crossings import Crossings
from kentongan.edge.geo.gazetteer.documents import Document, Source
from kentongan.edge.geo.gazetteer.normaliser import normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.network.road_network import ROAD_KINDS, RoadNetwork

ALONG_M: Final = 150.0
"""Points kept along a street for the way back from a point to a name."""

POINTS_MAX: Final = 200
"""Points kept of one street in one kelurahan: thirty kilometres."""

STREET_ACCURACY_MIN_M: Final = 30
HANGS_TOGETHER_M: Final = 400.0
"""Pieces of one name with a gap up to this are one street: a bridge or a renamed square between."""

METRES_PER_DEGREE: Final = 111_195.0

_IMPORTANCE: Final = {
    "motorway": 0.8, "trunk": 0.8, "primary": 0.8, "secondary": 0.75, "tertiary": 0.7,
    "unclassified": 0.62, "residential": 0.6, "living_street": 0.6, "pedestrian": 0.55,
}  # fmt: skip
IMPORTANCE_OTHER: Final = 0.5


class Piece(Struct, frozen=True):
    """A named piece of road: its points, the nodes it hangs on, its class and further names."""

    name: str
    kind: str
    lats: tuple[float, ...]
    lons: tuple[float, ...]
    nodes: tuple[int, ...]
    other_names: tuple[str, ...] = ()


def documents_of_network(network: RoadNetwork, areas: Areas) -> list[Document]:
    """The streets of a network, by name and kelurahan."""
    pieces = [
        Piece(
            name=network.name_of(edge),
            kind=ROAD_KINDS[int(network.kind[edge])],
            lats=tuple(lat for lat, _ in network.shape(edge)),
            lons=tuple(lon for _, lon in network.shape(edge)),
            nodes=(int(network.tail[edge]), int(network.head[edge])),
        )
        for edge in np.flatnonzero(network.name >= 0).tolist()
    ]
    source: Source = "osm" if network.source == "osm" else "synthetic"
    return list(streets_of(pieces, areas, source))


def crossings_of_network(network: RoadNetwork, known: Sequence[Junction] = ()) -> Crossings:
    """Every junction where at least two names meet, and those `known` without it."""
    named = np.flatnonzero(network.name >= 0)
    nodes = np.concatenate((network.tail[named], network.head[named]))
    names = np.concatenate((network.name[named], network.name[named]))
    pairs = np.unique(np.stack((nodes, names), axis=1), axis=0)
    counts = np.bincount(pairs[:, 0], minlength=network.nodes) if len(pairs) else np.zeros(0)
    meeting: dict[int, list[str]] = defaultdict(list)
    shared: list[tuple[int, int]] = pairs[counts[pairs[:, 0]] > 1].tolist() if len(pairs) else []
    for node, name in shared:
        meeting[node].append(network.names[name])
    return Crossings.of(
        (
            (float(network.node_lat[node]), float(network.node_lon[node]), names)
            for node, names in meeting.items()
        ),
        "osm" if network.source == "osm" else "synthetic",
        known,
    )


def streets_of(pieces: Sequence[Piece], areas: Areas, source: Source) -> Iterator[Document]:
    """One document a street and kelurahan."""
    groups = _groups(pieces)
    middles = [(p.lats[len(p.lats) // 2], p.lons[len(p.lons) // 2]) for p in pieces]
    contexts = contexts_of(areas, middles)
    gathered: dict[tuple[str, str], list[int]] = defaultdict(list)
    for n, group in enumerate(groups):
        gathered[group, contexts[n][0]].append(n)
    for (group, context), members in gathered.items():
        yield _street([pieces[n] for n in members], group, context, contexts[members[0]][1], source)


def _street(
    pieces: Sequence[Piece], group: str, context: str, kelurahan: str | None, source: Source
) -> Document:
    longest = max(pieces, key=lambda one: len(one.lats))
    middle = len(longest.lats) // 2
    lat, lon = longest.lats[middle], longest.lons[middle]
    points = _along(pieces)
    reach = max((_metres(lat, lon, *point) for point in points), default=0.0)
    synthetic = source == "synthetic"
    others = dict.fromkeys(name for piece in pieces for name in piece.other_names)
    kind = min((piece.kind for piece in pieces), key=_rank_of)
    return Document(
        key=f"street:{group}:{context}",
        name=longest.name,
        other_names=tuple(others),
        kind=PlaceKind.STREET,
        lat=lat,
        lon=lon,
        source=source,
        accuracy_m=max(STREET_ACCURACY_MIN_M, round(reach)),
        context=context,
        importance=_IMPORTANCE.get(kind.removesuffix("_link"), IMPORTANCE_OTHER),
        kelurahan=kelurahan,
        confidence=Confidence.LOW if synthetic else Confidence.HIGH,
        cautions=(Caution.DEMO,) if synthetic else (),
        group=group,
        points=tuple(points),
    )


def _rank_of(kind: str) -> int:
    return ROAD_KINDS.index(kind) if kind in ROAD_KINDS else len(ROAD_KINDS)


def _along(pieces: Sequence[Piece]) -> list[tuple[float, float]]:
    """Points along the pieces, one every `ALONG_M` or so."""
    kept: list[tuple[float, float]] = []
    for piece in pieces:
        walked = ALONG_M
        before: tuple[float, float] | None = None
        for point in zip(piece.lats, piece.lons, strict=True):
            walked += _metres(*before, *point) if before else 0.0
            before = point
            if walked >= ALONG_M and len(kept) < POINTS_MAX:
                kept.append(point)
                walked = 0.0
    return kept


def _groups(pieces: Sequence[Piece]) -> list[str]:
    """For each piece its street: pieces of one name that share a node or nearly touch."""
    by_name: dict[str, list[int]] = defaultdict(list)
    for n, piece in enumerate(pieces):
        by_name[folded(piece.name)].append(n)
    groups = [""] * len(pieces)
    for name, members in by_name.items():
        for number, street in enumerate(_streets(pieces, members)):
            for n in street:
                groups[n] = f"{name}#{number}"
    return groups


def _streets(pieces: Sequence[Piece], members: Sequence[int]) -> list[list[int]]:
    """The members parted into streets that hang together."""
    parent = {n: n for n in members}

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    on_node: dict[int, int] = {}
    for n in members:
        for node in pieces[n].nodes:
            parent[root(n)] = root(on_node.setdefault(node, n))
    streets: dict[int, list[int]] = defaultdict(list)
    for n in members:
        streets[root(n)].append(n)
    return _near_together(pieces, list(streets.values()))


def _near_together(pieces: Sequence[Piece], streets: list[list[int]]) -> list[list[int]]:
    """Streets whose ends nearly touch are one."""
    joined: list[tuple[list[int], list[tuple[float, float]]]] = []
    for street in streets:
        ends = [
            end
            for n in street
            for end in (
                (pieces[n].lats[0], pieces[n].lons[0]),
                (pieces[n].lats[-1], pieces[n].lons[-1]),
            )
        ]
        near = [one for one in joined if _touches(one[1], ends)]
        joined = [one for one in joined if one not in near]
        whole = [n for one in near for n in one[0]] + street
        joined.append((whole, [end for one in near for end in one[1]] + ends))
    return [street for street, _ in joined]


def _touches(one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> bool:
    a, b = np.array(one), np.array(other)
    north = a[:, None, 0] - b[None, :, 0]
    east = (a[:, None, 1] - b[None, :, 1]) * np.cos(np.radians(a[0, 0]))
    return bool((np.hypot(north, east) * METRES_PER_DEGREE <= HANGS_TOGETHER_M).any())


def _metres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    east = (other_lon - lon) * float(np.cos(np.radians(lat)))
    return float(np.hypot(other_lat - lat, east)) * METRES_PER_DEGREE


def folded(name: str) -> str:
    """A street's name as it is compared: every way of writing it is one."""
    return " ".join(map(key_of, normalise(name).words))
