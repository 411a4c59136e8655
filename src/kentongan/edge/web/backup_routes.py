"""Backups: when the last one was made, whether it is whole, making one, proving one.

No backup leaves through the browser: it holds personal text in the clear and the hashes of
passwords. It lies in the centre's folder, and whoever has the server's keys carries it elsewhere.
"""

import asyncio

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.backups import Backups
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """Three addresses; where nobody keeps backups there are none."""

    def keeper() -> Backups:
        if parts.given.backups is None:
            raise Problem(404, "not_found")
        return parts.given.backups

    async def shown() -> Response[bytes]:
        return as_json(await asyncio.to_thread(keeper().shown))

    @get("/api/backups")
    async def backups(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/backups")
        return await shown()

    @post("/api/backups", status_code=200)
    async def start(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/backups")
        await parts.reads.log(agent.id, ["backup"], "made")
        await keeper().start()
        return await shown()

    @post("/api/backups/{name:str}/check", status_code=200)
    async def check(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "POST /api/backups/{name}/check")
        await keeper().check(name)
        return await shown()

    return [backups, start, check]
