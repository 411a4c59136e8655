"""The screen *Evaluasi*: figures out of the day files, and the cases behind them as Parquet.

An officer sees the own agency alone; nobody's name or words are in any of it. Answers are made on a
thread of their own, so that no desk and no other reader waits for them.
"""

from typing import Final

from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from kentongan.core.words import Agent, Role
from kentongan.edge.web.answers import AnyRequest
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.turns import Turns
from kentongan.edge.web.viewer import viewer_of

PARAMS = (
    "part",
    "from",
    "days",
    "agency",
    "category",
    "priority",
    "kelurahan",
    "interval",
    "standard",
    "changed",
    "treated",
)

EACH_MAX: Final = 4
"""Questions of one viewer at once: a page asks for one part after the other, a few pages may be
open."""

ALL_MAX: Final = 24
"""Of all viewers: at a second each, nobody waits longer than this many seconds."""

_ANY_AGENCY = (Role.SUPERVISOR, Role.EVALUATOR)


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """Two addresses."""
    turns = Turns(EACH_MAX, ALL_MAX, "evaluation_many")

    @get("/api/evaluation/screen")
    async def screen(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/evaluation/screen")
        content = await _answer(parts, turns, request, agent, {})
        return Response(content, media_type=MediaType.JSON)

    @get("/api/evaluation/cases.parquet")
    async def cases(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/evaluation/cases.parquet")
        content = await _answer(parts, turns, request, agent, {"part": "parquet"})
        if content[:4] != b"PAR1":
            raise Problem(503, "evaluation_preparing")
        await parts.reads.log(agent.id, ["evaluation:cases"], "evaluation_file")
        return Response(
            content,
            media_type="application/vnd.apache.parquet",
            headers={"Content-Disposition": 'attachment; filename="kentongan-cases.parquet"'},
        )

    return [screen, cases]


async def _answer(
    parts: Parts, turns: Turns, request: AnyRequest, agent: Agent, fixed: dict[str, str]
) -> bytes:
    insight = parts.given.insight
    if insight is None:
        raise Problem(404, "not_found")
    own = None if agent.has(*_ANY_AGENCY) else agent.agency
    if own is None and not agent.has(*_ANY_AGENCY):
        raise Problem(403, "not_permitted")
    asked = {name: value for name in PARAMS if (value := request.query_params.get(name))} | fixed
    given = parts.given
    training = request.query_params.get("training") == "true" or given.training
    try:
        with turns.turn(agent.id):
            return await parts.lanes.figures.run(
                lambda _store: insight(asked, own, given.clock(), training, agent.id)
            )
    except ValueError as error:
        raise Problem(400, "bad_question", detail=str(error)) from None
    except LookupError:
        raise Problem(404, "not_found") from None
