"""The address for letters from a desk to a caller who reads (real-time text).

They go to the call's switch as they are; it knows whether the desk talks with that caller, and what
of it becomes a line on record. A page that got no answer asks again with the same count.
"""

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import decode_typing
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of

BODY_BYTES_MAX = 16_000
"""Letters of a third of a second; a pasted address of a thousand characters has 4 kB."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The address that letters go to."""

    @post("/api/calls/{call:str}/typing", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def typing(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/calls/{call}/typing")
        typed = decode_typing(await request.body())
        desk = parts.live.desk_of(agent.id)
        if desk is None:
            raise Problem(409, "not_on_duty")
        await parts.switch.ask(
            "type",
            call=call,
            desk=desk,
            agent=agent.id,
            name=agent.name,
            stream=typed.stream,
            count=typed.count,
            text=typed.text,
        )
        return as_json({"outcome": "done"})

    return [typing]
