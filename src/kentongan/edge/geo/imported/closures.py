"""How closures fare in a network that was just made: which of them find roads there.

A closure is kept in the record by its drawing and OSM way id, never by a number of the network, so
it is matched anew to each version of a city. This asks the matching that the road search itself
uses; it keeps and changes nothing.
"""

from collections.abc import Iterable

from msgspec import Struct

from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.network.snapping import grid_of
from kentongan.edge.geo.routing.closures import Closure, ClosureBroken
from kentongan.edge.geo.routing.matching import edges_of


class Fare(Struct, frozen=True, kw_only=True):
    """How closures fare in a network: how many find roads, and the ids of those that find none.

    `by_way` of those found lie on the very OSM way that they name.
    """

    found: int
    by_way: int
    lost: tuple[str, ...]


def fare_of(closures: Iterable[Closure], network: RoadNetwork) -> Fare:
    """Match each of them; one that no road could be given counts as lost."""
    grid = grid_of(network)
    found, by_way, lost = 0, 0, list[str]()
    for closure in closures:
        try:
            edges = edges_of(network, grid, closure)
        except ClosureBroken:
            edges = []
        if not edges:
            lost.append(closure.id)
            continue
        found += 1
        by_way += closure.way is not None and bool((network.way[edges] == closure.way).all())
    return Fare(found=found, by_way=by_way, lost=tuple(sorted(lost)))
