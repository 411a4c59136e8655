"""The road network of an extract: ways cut at their junctions, barriers set in, turns resolved.

What cannot be used is left out and counted by reason in the `BuildReport`, for the person who
imports the city: roads nobody may drive, barriers on junctions, restrictions over a way, islands.
Barriers become short edges of their own, so that each profile passes or does not.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from kentongan.edge.geo.network.access import Barred, Drivable, barred, drivable
from kentongan.edge.geo.network.assemble import Piece, assemble
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, RoadNetwork
from kentongan.edge.geo.network.turns import turns_of
from kentongan.edge.geo.osm.raw import Barrier, RoadWay, TurnRestriction

LABEL = "© OpenStreetMap contributors"
"""What a screen says about roads from an extract (ODbL)."""


class BuildReport(Struct, frozen=True, kw_only=True):
    """What was taken and what was left out."""

    roads_seen: int
    roads_kept: int
    roads_dropped: Mapping[str, int]
    islands: int
    island_edges: int
    island_km: float
    cut_off_km: float
    unnamed_km: float
    restrictions_kept: int
    restrictions_dropped: Mapping[str, int]
    barriers_kept: int
    barriers_dropped: Mapping[str, int]


class BuiltNetwork(NamedTuple):
    """The network and the report of its making."""

    network: RoadNetwork
    report: BuildReport


def build_network(
    roads: Sequence[RoadWay],
    restrictions: Sequence[TurnRestriction] = (),
    barriers: Sequence[Barrier] = (),
    *,
    version: str = "",
    label: str = LABEL,
) -> BuiltNetwork:
    """Build it. Raises `NetworkBroken` when no connected road is left."""
    kept, dropped = _judged(roads)
    passing, odd = _barriers(barriers)
    pieces = _cut(kept, passing)
    set_in = _set_in(pieces, passing)
    resolved = turns_of(pieces, restrictions)
    made = assemble(pieces, resolved.turns, source="osm", label=label, version=version)
    network = made.network
    unnamed = float(network.length_m[network.name < 0].sum()) / 1_000
    lost = dict(resolved.dropped)
    if made.turns_dropped:
        lost["turns on islands"] = made.turns_dropped
    report = BuildReport(
        roads_seen=len(roads),
        roads_kept=len(kept),
        roads_dropped=dict(dropped),
        islands=made.islands,
        island_edges=made.island_edges,
        island_km=made.island_km,
        cut_off_km=made.cut_off_km,
        unnamed_km=unnamed,
        restrictions_kept=resolved.kept,
        restrictions_dropped=lost,
        barriers_kept=set_in.kept,
        barriers_dropped=dict(odd + set_in.dropped),
    )
    return BuiltNetwork(network, report)


class _Road(NamedTuple):
    way: RoadWay
    drivable: Drivable
    name: str


class _SetIn(NamedTuple):
    kept: int
    dropped: Counter[str]


def _judged(roads: Sequence[RoadWay]) -> tuple[list[_Road], Counter[str]]:
    kept: list[_Road] = []
    dropped: Counter[str] = Counter()
    for way in roads:
        judged = drivable(way.tags)
        if isinstance(judged, str):
            dropped[judged] += 1
        elif len(set(way.nodes)) < 2:
            dropped["a single point"] += 1
        else:
            kept.append(_Road(way, judged, way.tags.get("name") or way.tags.get("ref", "")))
    return kept, dropped


def _barriers(barriers: Sequence[Barrier]) -> tuple[dict[int, Barred], Counter[str]]:
    """How each barrier node is passed, and those that stop nobody."""
    passing: dict[int, Barred] = {}
    dropped: Counter[str] = Counter()
    for barrier in barriers:
        found = barred(barrier.kind, barrier.tags)
        if found is None:
            dropped[f"stops nobody: {barrier.kind}"] += 1
        else:
            passing[barrier.node] = found
    return passing, dropped


def _cut(roads: Sequence[_Road], passing: Mapping[int, Barred]) -> list[Piece]:
    """The ways in pieces from junction to junction; a way's ends and barriers count as such."""
    uses: Counter[int] = Counter()
    for road in roads:
        uses.update(road.way.nodes)
        uses.update((road.way.nodes[0], road.way.nodes[-1]))
    pieces: list[Piece] = []
    for road in roads:
        nodes = road.way.nodes
        start = 0
        for at in range(1, len(nodes)):
            if uses[nodes[at]] > 1 or nodes[at] in passing:
                if len(set(nodes[start : at + 1])) > 1:
                    pieces.append(_piece(road, start, at))
                start = at
    return pieces


def _piece(road: _Road, start: int, end: int) -> Piece:
    way, judged = road.way, road.drivable
    return Piece(
        tail=way.nodes[start],
        head=way.nodes[end],
        lats=way.lats[start : end + 1],
        lons=way.lons[start : end + 1],
        way=way.way,
        kind=judged.kind,
        flags=judged.flags,
        name=road.name,
        maxspeed=judged.maxspeed,
        maxheight=judged.maxheight,
        maxweight=judged.maxweight,
    )


def _set_in(pieces: list[Piece], passing: Mapping[int, Barred]) -> _SetIn:
    """Put each barrier between the two pieces that meet at it, as an edge of no length."""
    meeting: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
    for at, piece in enumerate(pieces):
        if piece.tail in passing:
            meeting[piece.tail].append((at, True))
        if piece.head in passing:
            meeting[piece.head].append((at, False))
    dropped: Counter[str] = Counter()
    kept = 0
    for number, (node, barrier) in enumerate(passing.items(), start=1):
        ends = meeting.get(node, [])
        if len(ends) != 2:
            reason = "on a junction" if len(ends) > 2 else "at an end of a road"
            dropped[reason if ends else "on no road"] += 1
            continue
        (at, is_tail), beyond = ends[1], -number  # OSM's node ids are positive
        piece = pieces[at]
        lat, lon = (piece.lats[0], piece.lons[0]) if is_tail else (piece.lats[-1], piece.lons[-1])
        pieces[at] = piece._replace(tail=beyond) if is_tail else piece._replace(head=beyond)
        pieces.append(
            Piece(
                tail=node,
                head=beyond,
                lats=(lat, lat),
                lons=(lon, lon),
                way=piece.way,
                kind=piece.kind if barrier.kind is None else KIND_OF[barrier.kind],
                flags=BOTH,
                name=piece.name,
                maxheight=barrier.maxheight,
                maxweight=barrier.maxweight,
            )
        )
        kept += 1
    return _SetIn(kept, dropped)
