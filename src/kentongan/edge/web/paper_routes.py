"""The newest paper pack for the room's screens: they keep it, to print it when nothing answers."""

from pathlib import Path
from typing import Final

from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from kentongan.edge.web.answers import AnyRequest
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of

PACK_BYTES_MAX: Final = 8_000_000
"""Longest pack that is handed out: ten times the fullest one that the bounds of a pack allow."""

REASON: Final = "paper_pack"


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """One address. Who has read which pack is on record before it is sent."""

    @get("/api/paper")
    async def paper(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/paper")
        file = parts.given.paper_file
        pack = None if file is None else await parts.lanes.reading.run(lambda _store: _read(file))
        if pack is None:
            raise Problem(404, "not_found")
        await parts.reads.log(agent.id, ["paper"], REASON)
        return Response(pack, media_type=MediaType.HTML)

    return [paper]


def _read(file: Path) -> bytes | None:
    """The pack, None when there is none yet or it is none of ours."""
    try:
        with file.open("rb") as stored:
            pack = stored.read(PACK_BYTES_MAX + 1)
    except OSError:
        return None
    return pack if len(pack) <= PACK_BYTES_MAX else None
