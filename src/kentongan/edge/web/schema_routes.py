"""The description of the API, served where tools look for it."""

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from kentongan.edge.web.schema import document


def routes(version: str) -> list[HTTPRouteHandler]:
    """One address; public, because it says nothing that the source does not say."""
    body = msgspec.json.encode(document(version))

    @get("/schema/openapi.json")
    async def schema() -> Response[bytes]:
        return Response(body, media_type=MediaType.JSON, headers={"Cache-Control": "no-cache"})

    return [schema]
