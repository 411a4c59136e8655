"""What is said on the line to the geography: one JSON object a line, over a Unix socket.

Whoever asks numbers its questions; the answer carries the number. A question of journeys says only
which units moved since the line's last one, and who is asked about when that changed. Closures and
aliases are told whole. Unasked comes `CityTold` alone. A line that cannot be read is answered with
an `Failed`, never with silence. Values and limits only.
"""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import PlacesFound
from kentongan.geography import (
    CityShown,
    CoverageAsked,
    CoverageShown,
    Journey,
    MapFacility,
    NamedPoint,
    PlaceAlias,
    RoadClosure,
    Route,
    ShutShown,
    Start,
    StreetShown,
)

LINE_BYTES_MAX: Final = 16_000_000
"""Longest line, bytes: as many closures as may be in force (`core.references`), each of the longest
shape."""

LINES_MAX: Final = 16
"""Lines open at once: as many web processes never stand on one machine."""

STARTS_MAX: Final = 5_000
"""Units in one question; the largest fleet that was measured."""

ALIASES_MAX: Final = 5_000
"""Aliases told at once; the search holds as many."""

WAITING_MAX: Final = 200
"""Questions that wait for an answer; more are told `busy` at once."""

LATE_S: Final = 5.0
"""A question that waited so long, seconds, is no longer worked on: nobody waits for it."""

BAD_LINES_MAX: Final = 20
"""Unreadable lines after which a line is closed: whoever is there speaks something else."""

LIMITS_MAX: Final = 5
"""Colours of one map of coverage."""

ROUTES_MAX: Final = 20
"""Ways drawn at once."""


At = Annotated[datetime, Meta(tz=True)]
"""A moment with its offset from UTC."""


class _Said(Struct, frozen=True, kw_only=True, tag_field="do"):
    """Anything said to the geography."""


class JourneysAsked(_Said, frozen=True, kw_only=True, tag="journeys"):
    """How long does each need. `moved` are starts that are new or changed on this line; `units`
    are all who are asked about, in order, or None when they are those of the question before."""

    n: int
    goal: Point
    at: At
    moved: tuple[Start, ...] = ()
    units: tuple[str, ...] | None = None


class RoutesAsked(_Said, frozen=True, kw_only=True, tag="routes"):
    """The ways of some."""

    n: int
    goal: Point
    at: At
    starts: tuple[Start, ...]


class CoverageWanted(_Said, frozen=True, kw_only=True, tag="coverage"):
    """How far help reaches."""

    n: int
    asked: CoverageAsked
    at: At


class PlacesAsked(_Said, frozen=True, kw_only=True, tag="places"):
    """What words may mean."""

    n: int
    words: str
    near: Point | None = None


class NameAsked(_Said, frozen=True, kw_only=True, tag="name"):
    """What is at a point."""

    n: int
    point: Point


class StreetAsked(_Said, frozen=True, kw_only=True, tag="street"):
    """The lines of a street that was proposed."""

    n: int
    key: str
    label: str
    near: Point


class ShutAsked(_Said, frozen=True, kw_only=True, tag="shut"):
    """What a closure would shut."""

    n: int
    closure: RoadClosure


class FacilitiesAsked(_Said, frozen=True, kw_only=True, tag="facilities"):
    """What stands in the city."""

    n: int


class ClosuresTold(_Said, frozen=True, kw_only=True, tag="closures"):
    """All closures, in place of those told on this line before. Not answered."""

    closures: tuple[RoadClosure, ...]


class AliasesTold(_Said, frozen=True, kw_only=True, tag="aliases"):
    """All aliases, in place of those told on this line before. Not answered."""

    aliases: tuple[PlaceAlias, ...]


Question = (
    JourneysAsked
    | RoutesAsked
    | CoverageWanted
    | PlacesAsked
    | NameAsked
    | StreetAsked
    | ShutAsked
    | FacilitiesAsked
)
"""What is answered."""

Said = Question | ClosuresTold | AliasesTold
"""Everything that may be said to the geography."""


class _Answered(Struct, frozen=True, kw_only=True, tag_field="is"):
    """Anything that the geography says."""


class JourneysFound(_Answered, frozen=True, kw_only=True, tag="journeys"):
    """One for each unit asked about, in their order."""

    n: int
    found: tuple[Journey, ...]


class RoutesFound(_Answered, frozen=True, kw_only=True, tag="routes"):
    """One for each start, in their order."""

    n: int
    found: tuple[Route, ...]


class CoverageFound(_Answered, frozen=True, kw_only=True, tag="coverage"):
    """The reach."""

    n: int
    found: CoverageShown


class PlacesTold(_Answered, frozen=True, kw_only=True, tag="places"):
    """Best first, and what must be told besides."""

    n: int
    found: PlacesFound


class NameFound(_Answered, frozen=True, kw_only=True, tag="name"):
    """What is there."""

    n: int
    found: NamedPoint


class StreetFound(_Answered, frozen=True, kw_only=True, tag="street"):
    """Its lines; None where no road has that name there."""

    n: int
    found: StreetShown | None


class ShutFound(_Answered, frozen=True, kw_only=True, tag="shut"):
    """The pieces of road that it means."""

    n: int
    found: ShutShown | None


class FacilitiesFound(_Answered, frozen=True, kw_only=True, tag="facilities"):
    """All of them."""

    n: int
    found: tuple[MapFacility, ...]


class Failed(_Answered, frozen=True, kw_only=True, tag="failed"):
    """No answer: `loading`, `busy`, `late`, `too_many`, `unknown_unit`, `bad_line`, `bad_value` or
    `broken`, and what is wrong in words. `n` is 0 where the line was not understood."""

    n: int
    why: str
    text: str = ""


class CityTold(_Answered, frozen=True, kw_only=True, tag="city"):
    """The city in use now, at every opening and every change; `tiles` is the path of its map."""

    city: CityShown
    tiles: str = ""


Answered = (
    JourneysFound
    | RoutesFound
    | CoverageFound
    | PlacesTold
    | NameFound
    | StreetFound
    | ShutFound
    | FacilitiesFound
    | Failed
    | CityTold
)
"""Everything that the geography says."""
