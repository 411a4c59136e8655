"""Plans on the screen: desks, posts, and what-ifs of the twin, each worked out by a process beside.

Supervisors and evaluators. The question becomes the words of a command, so that whoever doubts an
answer can ask the same at a terminal.
"""

from typing import Annotated, Final, Literal

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from kentongan.cities.facts import Text
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import reader
from kentongan.edge.web.jobs import JobBegun
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of

CHANGES_MAX: Final = 8
"""Units, posts or bridges of one what-if."""

Word = Annotated[str, Meta(pattern=r"^\w[\w.:-]{0,79}$")]
Where = Annotated[
    str, Meta(pattern=r"^\w[\w.:-]{0,79}$|^-?\d{1,3}(\.\d{1,9})?,-?\d{1,3}(\.\d{1,9})?$")
]
Moved = Annotated[str, Meta(pattern=r"^\w[\w.:-]{0,79}=[\w.:,-]{1,80}$")]
Few = Meta(max_length=CHANGES_MAX)
Minutes = Annotated[float, Meta(ge=1, le=60)]


class WhatIf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What would be different, in the words of `kentongan plan what-if`. `rain` is wet spells a
    week."""

    add_units: Annotated[tuple[Where, ...], Few] = ()
    like: Word = "AMB01"
    remove_units: Annotated[tuple[Word, ...], Few] = ()
    posts: Annotated[tuple[Moved, ...], Few] = ()
    closed: Annotated[tuple[Where, ...], Few] = ()
    rule: Literal["core", "closest"] = "core"
    rain: Annotated[float, Meta(ge=0, le=50)] = 0.0
    minutes: Minutes = 10.0
    replications: Annotated[int, Meta(ge=2, le=60)] = 30
    days: Annotated[int, Meta(ge=7, le=365)] = 365


class Posts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where units should stand; as many as there are when `units` is 0."""

    kind: Word = "ambulance"
    units: Annotated[int, Meta(ge=0, le=500)] = 0
    minutes: Minutes = 8.0
    prove_s: Annotated[float, Meta(ge=0, le=60)] = 10.0


class Desks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A usual week: desks needed, planned, and who was on duty."""

    hours: Annotated[int, Meta(ge=4, le=12)] = 8
    begins: Annotated[int, Meta(ge=1, le=6)] = 3
    spare: Annotated[int, Meta(ge=0, le=10)] = 0


class PlanAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the three."""

    what_if: WhatIf | None = None
    posts: Posts | None = None
    desks: Desks | None = None


class UnitChoice(Struct, frozen=True, kw_only=True):
    """A unit that a what-if may be about."""

    key: str
    label: Text
    agency: str
    kind: str
    post: str


class PlaceChoice(Struct, frozen=True, kw_only=True):
    """A place where a unit may wait."""

    key: str
    name: str


class PlanChoices(Struct, frozen=True, kw_only=True):
    """What can be named in a question."""

    units: tuple[UnitChoice, ...]
    places: tuple[PlaceChoice, ...]


decode_asked = reader(PlanAsked)


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """Two addresses; how the work stands is asked at that of jobs."""

    @get("/api/evaluation/plans")
    async def choices(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/evaluation/plans")
        return as_json(_choices(parts))

    @post("/api/evaluation/plans", status_code=200)
    async def begin(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/evaluation/plans")
        if not parts.jobs.are_there:
            raise Problem(404, "not_found")
        kind, words = command_of(decode_asked(await request.body()))
        training = ("--training",) if parts.given.training else ()
        job = parts.jobs.begin(agent.id, kind, ("plan", *words, *training, "--json", "--gently"))
        return as_json(JobBegun(job=job.id))

    return [choices, begin]


def command_of(asked: PlanAsked) -> tuple[str, tuple[str, ...]]:
    """The kind of job and the command's words; each value stands in the word of its option."""
    if asked.what_if is not None:
        one = asked.what_if
        return "what_if", (
            "what-if",
            *(f"--add-unit={place}" for place in one.add_units),
            f"--like={one.like}",
            *(f"--remove-unit={unit}" for unit in one.remove_units),
            *(f"--post={moved}" for moved in one.posts),
            *(f"--close-bridge={point}" for point in one.closed),
            f"--rule={one.rule}",
            f"--rain={one.rain:g}",
            f"--minutes={one.minutes:g}",
            f"--replications={one.replications}",
            f"--days={one.days}",
        )
    if asked.posts is not None:
        two = asked.posts
        many = (f"--units={two.units}",) if two.units else ()
        times = (f"--minutes={two.minutes:g}", f"--prove={two.prove_s:g}")
        return "posts", ("posts", f"--kind={two.kind}", *many, *times)
    if asked.desks is not None:
        three = asked.desks
        return "desks", (
            "shifts",
            f"--hours={three.hours}",
            f"--begins={three.begins}",
            f"--spare={three.spare}",
        )
    raise Problem(400, "bad_request")


def _choices(parts: Parts) -> PlanChoices:
    pack = parts.city.pack
    named = (*pack.posts, *pack.hospitals, *pack.puskesmas)
    return PlanChoices(
        units=tuple(
            UnitChoice(
                key=one.call_sign,
                label=one.label,
                agency=one.agency,
                kind=one.kind.value,
                post=one.post,
            )
            for one in pack.units
        ),
        places=tuple(PlaceChoice(key=one.key, name=one.name) for one in named),
    )
