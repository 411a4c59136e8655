"""The trainer's panel: orders to the simulated city, and the score sheet of the last drill.

Only a training room has them: on duty there is nobody to give an order to, and the addresses are
not there.
"""

from typing import Annotated, Final, Literal

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Meta, Struct, convert

from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import reader
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of

BODY_BYTES_MAX: Final = 4_000
"""An order has a hundred octets."""

Key = Annotated[str, Meta(max_length=80)]


class TrainerOrder(Struct, frozen=True, kw_only=True):
    """What the trainer wants: `scenario` and `caller` name a scenario (`key`, which call of it),
    `break_down`, `danger` and `silence` a unit; `hold` and `go_on` concern everybody simulated.
    """

    do: Literal[
        "scenario", "caller", "stop", "hold", "go_on", "state", "break_down", "danger", "silence"
    ]
    key: Key = ""
    index: Annotated[int, Meta(ge=0, le=999)] = 0
    unit: Key = ""


class TrainerAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of it: how many callers are talking and how many are to come, and whether they
    are held; `reason` when the room's own rules refused it."""

    outcome: Literal["started", "done", "refused", "unknown"]
    held: bool = False
    to_come: int = 0
    calling: int = 0
    reason: str | None = None


decode_order = reader(TrainerOrder)


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses."""

    @post("/api/demo/trainer", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def trainer(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "POST /api/demo/trainer")
        asked = decode_order(await request.body())
        train = parts.given.train
        if train is None:
            raise Problem(404, "not_found")
        order = {"do": asked.do, "key": asked.key, "index": str(asked.index), "unit": asked.unit}
        return as_json(_answer(await train(order)))

    @get("/api/demo/score/{scenario:str}")
    async def sheet(request: AnyRequest, scenario: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/demo/score/{scenario}")
        make, now = parts.given.score_pdf, parts.given.clock()
        if make is None:
            raise Problem(404, "not_found")
        language = "en" if request.query_params.get("language") == "en" else "id"
        pdf = await parts.lanes.reading.run(
            lambda store: make(store, parts.city.pack, scenario, language, agent.id, now)
        )
        if pdf is None:
            raise Problem(404, "no_drill")
        headers = {
            "Content-Disposition": f'inline; filename="latihan-{now:%Y%m%d-%H%M}.pdf"',
            "Cache-Control": "no-store",
        }
        return Response(pdf, media_type="application/pdf", headers=headers)

    return [trainer, sheet]


def _answer(answer: dict[str, str]) -> TrainerAnswer:
    """The city's answer, whose figures are words on its socket."""
    told = {
        **answer,
        "held": answer.get("held") == "yes",
        "to_come": int(answer.get("to_come", "0")),
        "calling": int(answer.get("calling", "0")),
    }
    return convert(told, TrainerAnswer)
