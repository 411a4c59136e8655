"""What the city's roads and names are asked, and what comes back: the words between screens and
geography.

Values only. Whoever answers (`edge.geo`) and whoever asks (`edge.web`) know this and not each
other. Every figure comes with its source, and where no road answers the straight line does and is
named: an answer is never missing because a map is. Positions are WGS 84 degrees, times seconds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import PlacesFound
from kentongan.core.candidates import TURNOUT_S
from kentongan.core.recommend import Travel

WITHOUT_MAX: Final = 20
"""Units left out one at a time in one question of coverage; a dispatcher compares ten."""

PathPoints = tuple[tuple[float, float], ...]
"""A line to draw: latitude, longitude."""


class Start(Struct, frozen=True, kw_only=True):
    """Where a journey begins: a unit, or a post named by its key. `heading_deg` is from north."""

    unit: str
    unit_kind: str
    point: Point
    heading_deg: float | None = None


class Journey(Struct, frozen=True, kw_only=True):
    """How long one needs. `marks` say what to know about it (`on_closed`, `off_network`,
    `far_snap`, `same_edge`, `beside`, `not_reached`, `place_off_network`); `walk_m` is on foot at
    the end."""

    unit: str
    travel: Travel
    walk_m: float = 0.0
    marks: tuple[str, ...] = ()


class Route(Struct, frozen=True, kw_only=True):
    """A way to draw; with the straight line as its source it has two points."""

    unit: str
    points: PathPoints
    travel: Travel
    walk_m: float = 0.0
    marks: tuple[str, ...] = ()


class AreaReach(Struct, frozen=True, kw_only=True):
    """How soon the nearest start reaches the middle of a kelurahan; None beyond the limit."""

    code: str
    name: str
    seconds: float | None


class CoverageAsked(Struct, frozen=True, kw_only=True):
    """Who could be where within `limits_s` (ascending), from these starts now, each driving as its
    own kind of unit. Counted from the order to go, as an arrival is: turnout, the drive as
    reckoned, the last metres on foot.

    `without` are units left out one at a time: what sending each of them would uncover.
    """

    starts: tuple[Start, ...]
    limits_s: tuple[float, ...] = (480.0, 600.0, 900.0)
    without: tuple[str, ...] = ()
    with_shapes: bool = False
    turnout_s: float = TURNOUT_S


class Uncovered(Struct, frozen=True, kw_only=True):
    """What nobody reaches in the first limit any more when `unit` has gone."""

    unit: str
    kelurahan: tuple[str, ...]
    road_share: float


class CoverageShown(Struct, frozen=True, kw_only=True):
    """The answer. `road_shares` are parts of the roads' points reached within each limit, 0 to 1;
    `shapes` a GeoJSON FeatureCollection with `limit_s` on each feature, when asked for."""

    source: str
    label: str
    limits_s: tuple[float, ...]
    road_shares: tuple[float, ...]
    areas: tuple[AreaReach, ...]
    uncovered: tuple[Uncovered, ...] = ()
    shapes: Mapping[str, Any] | None = None


class NamedPoint(Struct, frozen=True, kw_only=True):
    """What is at a point: the kelurahan it lies in, and names around it with their distance."""

    kelurahan: str | None
    label: str
    near: tuple[tuple[str, int], ...] = ()


class StreetShown(Struct, frozen=True, kw_only=True):
    """A street as lines to draw, and how long it is, metres: both carriageways count."""

    name: str
    lines: tuple[PathPoints, ...]
    length_m: float


class ShutShown(Struct, frozen=True, kw_only=True):
    """What a closure means in the network that is in use: how many pieces of road, each from
    junction to junction, and the names of the longest of them; `more` names beside those."""

    pieces: int
    names: tuple[str, ...] = ()
    more: int = 0


class MapFacility(Struct, frozen=True, kw_only=True):
    """A hospital, clinic, fire or police station of the map or the city pack."""

    key: str
    kind: str
    name: str
    point: Point
    source: Literal["map", "pack"]


class SpeedsShown(Struct, frozen=True, kw_only=True):
    """Where the speeds in use come from: the fleet's own journeys of so many days, since when."""

    made_at: datetime
    days: int
    journeys: int
    kilometres: float


class CityShown(Struct, frozen=True, kw_only=True):
    """The city in use. `state`: `loading` while the roads are not ready yet, `away` while nobody
    answers; straight lines serve meanwhile. `label` is what every screen says of the map;
    `problem` says in words what is wrong with a newer version, or with newer speeds, which are
    therefore not in use. Without `speeds` the table of the release is driven by."""

    state: Literal["ready", "loading", "away"]
    version: str
    label: str
    is_synthetic: bool
    bounds: tuple[float, float, float, float] | None = None  # south, west, north, east
    attribution: str = ""
    kernel: str = ""
    has_tiles: bool = False
    problem: str = ""
    speeds: SpeedsShown | None = None


class RoadClosure(Struct, frozen=True, kw_only=True):
    """A closure as the record has it; `seq` is the position of its latest event, so that an older
    word never undoes a newer one. `lifted` ends it. Fields as in `core.rows.ClosureRow`."""

    id: str
    seq: int
    geometry: Mapping[str, Any]
    lifted: bool = False
    way: int | None = None
    factors: Mapping[str, float] = {}
    depth_cm: int | None = None
    direction: Literal["both", "forward", "backward"] = "both"
    from_at: datetime | None = None
    until_at: datetime | None = None
    reason: str = ""


class PlaceAlias(Struct, frozen=True, kw_only=True):
    """Local words for a point, or a known name put right; `seq` and `ended` as for closures."""

    id: str
    seq: int
    phrases: tuple[str, ...]
    label: str
    point: Point
    by: str
    at: datetime
    document: str | None = None
    accuracy_m: int = 30
    reviewed: bool = False
    ended: bool = False


class Geography(Protocol):
    """What the screens ask. Nothing raises for a missing map, and nothing takes longer than the
    answerer's own limit: then straight lines and the city pack's names answer."""

    def start(self) -> None:
        """Begin to keep in touch. Called once, on the event loop."""
        ...

    async def stop(self) -> None:
        """Let go."""
        ...

    async def journeys(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...]:
        """How long each needs when it departs then; one for each start, in their order."""
        ...

    async def road_journeys(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...] | None:
        """The same from the roads alone, for whoever can wait some seconds: asked at once and again
        while nobody answers; None when none of that led to an answer."""
        ...

    async def routes(self, goal: Point, starts: Sequence[Start], at: datetime) -> tuple[Route, ...]:
        """The ways to draw, one for each start, in their order."""
        ...

    async def coverage(self, asked: CoverageAsked, at: datetime) -> CoverageShown:
        """How far help reaches."""
        ...

    async def places(self, words: str, near: Point | None) -> PlacesFound:
        """What the words may mean, best first, and what must be told besides."""
        ...

    async def name(self, point: Point) -> NamedPoint:
        """What is at a point."""
        ...

    async def street(self, key: str, label: str, near: Point) -> StreetShown | None:
        """A proposed street around that place; None where none of that name is known."""
        ...

    async def would_shut(self, closure: RoadClosure) -> ShutShown | None:
        """What a closure would shut, which nobody has told yet; None while no roads are known."""
        ...

    async def facilities(self) -> tuple[MapFacility, ...]:
        """What stands in the city."""
        ...

    def city(self) -> CityShown:
        """The city in use, as last heard."""
        ...

    def tiles(self) -> Path | None:
        """The map file in use, to be served by ranges; None while there is none."""
        ...

    def set_closures(self, closures: Sequence[RoadClosure]) -> None:
        """The closures of the record as they are now: in force from the next question on."""
        ...

    def set_aliases(self, aliases: Sequence[PlaceAlias]) -> None:
        """The aliases of the record as they are now."""
        ...
