"""The roads as they are now: layers by profile, the hour's speeds, and what is closed.

It turns a time into weights: the hour's band, and closures that begin and end. Nothing happens by
itself; `set_time` is called with each question. Not safe for several threads: the router's lock is
around it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct, field

from kentongan.edge.geo.network.profiles import (
    Profile,
    SirenRules,
    Speeds,
    band_of,
    hour_of_week,
    seed_speeds,
    weights,
)
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.network.snapping import Grid, grid_of
from kentongan.edge.geo.routing.closure_book import ClosureBook
from kentongan.edge.geo.routing.closures import FLOOD_DEPTHS, Closure, Depths
from kentongan.edge.geo.routing.coverage import Samples, Walks, samples_of, walks_of
from kentongan.edge.geo.routing.graph import Graph, graph_of
from kentongan.edge.geo.routing.layer import Layer
from kentongan.edge.geo.routing.ranking import Kernel
from kentongan.edge.geo.routing.sparse_layer import SparseLayer
from kentongan.edge.geo.routing.spread import Spread, seed_spread

WIB: Final = timedelta(hours=7)
"""The clock of western Indonesia."""

_NOON: Final = 12  # Monday's, before anybody has told the time: speeds by day


class TimeBroken(ValueError):  # noqa: N818 - named like the other kinds of bad input
    """A time without a zone: nobody knows which hour of the city it means."""


class RouterSettings(Struct, frozen=True, kw_only=True):
    """What a centre sets. `offset` is its clock's from UTC; without `speeds` and `spread` the seeds
    are used, and a profile without `rules` obeys every sign. `u_turn_s` is what turning round costs
    a unit that drives the other way."""

    rules: Mapping[Profile, SirenRules] = {}
    depths: Mapping[Profile, Depths] = field(default_factory=lambda: dict(FLOOD_DEPTHS))
    u_turn_s: float = 30.0
    offset: timedelta = WIB
    speeds: Speeds | None = None
    spread: Spread | None = None


class Roads:
    """The live roads of a network."""

    def __init__(self, network: RoadNetwork, kernel: Kernel, settings: RouterSettings) -> None:
        self.network = network
        self.grid: Grid = grid_of(network)
        self.book = ClosureBook(settings.depths)
        self.spread = settings.spread or seed_spread()
        self.now: datetime | None = None
        self._graph: Graph = graph_of(network)
        self._settings = settings
        self._speeds = settings.speeds or seed_speeds()
        self._layers: dict[Profile, Layer] = {}
        self._make = Layer if kernel == "numba" else SparseLayer
        self._next_turn: datetime | None = None
        self._hour = _NOON  # of the week
        self._factors: dict[Profile, tuple[float, float]] = {}
        self._samples: Samples | None = None
        self._walks: dict[Profile, tuple[int, Walks]] = {}

    @property
    def hour(self) -> int:
        """The local hour whose speeds are in use, 0 to 23."""
        return self._hour % 24

    @property
    def graph(self) -> Graph:
        """The graph of all layers."""
        return self._graph

    @property
    def samples(self) -> Samples:
        """Points along the edges, made when they are first asked for."""
        if self._samples is None:
            self._samples = samples_of(self.network, self.grid)
        return self._samples

    def walks(self, layer: Layer) -> Walks:
        """Where that layer's profile has to walk, as the roads are shut now."""
        known = self._walks.get(layer.profile)
        if known is None or known[0] != layer.version:
            found = walks_of(self.network, self.grid, layer, self.samples)
            known = self._walks[layer.profile] = layer.version, found
        return known[1]

    def layer(self, profile: Profile) -> Layer:
        """The profile's layer, made when it is first asked for."""
        layer = self._layers.get(profile)
        if layer is None:
            layer = self._make(profile, self.network, self._graph, self.grid)
            self._layers[profile] = layer
            self._rebase(layer)
        return layer

    def set_time(self, now: datetime | None) -> None:
        """Let the time be `now`, of any zone: another hour's speeds, closures that begin or end.
        None leaves it as it is. Raises `TimeBroken`, and then nothing has changed."""
        if now is None:
            return
        if now.tzinfo is not UTC:
            now = _in_utc(now)
        is_back = self.now is not None and now < self.now
        is_first = self.now is None
        self.now = now
        if is_first or is_back or (self._next_turn is not None and now >= self._next_turn):
            self.refresh(self.book.turn(now))
            self._next_turn = self.book.next_turn(now)
        hour = hour_of_week(now + self._settings.offset)
        if hour != self._hour:
            before, self._hour = self._hour, hour
            self._factors.clear()
            for profile, layer in self._layers.items():
                if not self._speeds.are_alike(profile, before, hour):
                    self._rebase(layer)

    def set_speeds(self, speeds: Speeds, spread: Spread) -> None:
        """Drive at these speeds from now on, and stray so far from the time reckoned."""
        self._speeds, self.spread = speeds, spread
        self._factors.clear()
        for layer in self._layers.values():
            self._rebase(layer)

    def factors(self, profile: Profile) -> tuple[float, float]:
        """P10 and P90 over the reckoned time, now."""
        known = self._factors.get(profile)
        if known is None:
            known = self.spread.factors(profile, band_of(self._hour))
            self._factors[profile] = known
        return known

    # --- closures ----------------------------------------------------------------------------

    def close(self, closure: Closure, edges: Iterable[int]) -> None:
        """Put a closure in the book, and on the roads if it is in force. Raises `ClosureBroken`."""
        self.refresh(self.book.put(closure, edges, self.now))
        if closure.has_times and self.now is not None:
            self._next_turn = self.book.next_turn(self.now)

    def lift(self, closure_id: str) -> None:
        """Take a closure out of the book and off the roads. Where the next turn was its own, the
        book finds nothing to do then and says when the next one is."""
        self.refresh(self.book.drop(closure_id))

    def refresh(self, edges: Iterable[int]) -> None:
        """Set edges anew on every layer from what the book says."""
        members = edges if isinstance(edges, tuple) else tuple(edges)
        for layer in self._layers.values():
            self._slow(layer, members)

    def _slow(self, layer: Layer, edges: tuple[int, ...]) -> None:
        if edges:
            layer.slow(edges, *self.book.slowings(edges, layer.profile))

    def _rebase(self, layer: Layer) -> None:
        """The weights of the hour, and all closures on them."""
        rules = self._settings.rules.get(layer.profile, SirenRules())
        base = weights(self.network, layer.profile, self._hour, speeds=self._speeds, rules=rules)
        layer.rebase(base, rules)
        self._slow(layer, tuple(self.book.edges()))


def _in_utc(at: datetime) -> datetime:
    """The same moment in UTC, to which the city's offset is added."""
    if at.utcoffset() is None:
        raise TimeBroken(f"{at.isoformat()}: a time without a zone")
    return at.astimezone(UTC)
