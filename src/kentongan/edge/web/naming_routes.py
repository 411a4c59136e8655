"""What is asked of the map to shut a road: a street's own line, and what a place is called."""

from typing import Annotated

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from kentongan.cities.facts import Point
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import reader
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of

LABEL_MAX = 300
"""Characters of a proposal's key or label."""


class StreetAsked(Struct, frozen=True, kw_only=True):
    """A street that was proposed: its key, its label, and where it was proposed."""

    key: Annotated[str, Meta(max_length=LABEL_MAX)]
    label: Annotated[str, Meta(max_length=LABEL_MAX)]
    near: Point


class NameAsked(Struct, frozen=True, kw_only=True):
    """A place on the map."""

    point: Point


decode_street = reader(StreetAsked)
decode_name = reader(NameAsked)


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses."""
    geography = parts.given.geography

    @post("/api/map/street", status_code=200)
    async def street(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "POST /api/map/street")
        asked = decode_street(await request.body())
        found = await geography.street(asked.key, asked.label, _on_earth(asked.near))
        if found is None:
            raise Problem(404, "not_found")
        return as_json(found)

    @post("/api/map/name", status_code=200)
    async def name(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "POST /api/map/name")
        asked = decode_name(await request.body())
        return as_json(await geography.name(_on_earth(asked.point)))

    return [street, name]


def _on_earth(point: Point) -> Point:
    if not (abs(point.lat) <= 90 and abs(point.lon) <= 180):
        raise Problem(400, "bad_request")
    return point
