"""What a handover written now would say: nobody signs what they have not seen.

The same function fills it in when it is written (`app.handing_over`), so the two cannot differ by
more than what happened in between. Numbers are kept out of it as they are out of the record.
"""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from kentongan.app.handing_over import situation_now
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.viewer import viewer_of


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """One address, for whoever may write a handover or read one."""

    @get("/api/handover")
    async def handover(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/handover")
        now = parts.given.clock()
        return as_json(await parts.lanes.reading.run(lambda store: situation_now(store, now)))

    return [handover]
