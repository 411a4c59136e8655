"""The description of the API, served where tools look for it."""

import asyncio
import functools

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from kentongan.edge.web.schema import document


def routes(version: str) -> list[HTTPRouteHandler]:
    """One address; public, because it says nothing that the source does not say."""

    @get("/schema/openapi.json")
    async def schema() -> Response[bytes]:
        body = await asyncio.to_thread(_written, version)
        return Response(body, media_type=MediaType.JSON, headers={"Cache-Control": "no-cache"})

    return [schema]


@functools.cache
def _written(version: str) -> bytes:
    """It takes a tenth of a second, so it is made when it is first asked for."""
    return msgspec.json.encode(document(version))
