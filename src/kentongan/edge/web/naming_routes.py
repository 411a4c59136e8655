"""What is asked of the map to shut a road: a street's own line, what a place is called, and which
roads a drawing means."""

from typing import Annotated, Literal

import msgspec
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from kentongan.cities.facts import Point
from kentongan.core.shapes import Shape
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import reader
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of
from kentongan.geography import RoadClosure

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


class ShutAsked(Struct, frozen=True, kw_only=True):
    """A closure that is being written: its drawing, and what of the rest decides which roads."""

    geometry: Shape
    direction: Literal["both", "forward", "backward"] = "both"
    is_flood: bool = False


decode_shut = reader(ShutAsked)
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

    @post("/api/map/shut", status_code=200)
    async def shut(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "POST /api/map/shut")
        asked = decode_shut(await request.body())
        closure = RoadClosure(
            id="asked",
            seq=0,
            geometry=msgspec.to_builtins(asked.geometry),
            direction=asked.direction,
            reason="flood" if asked.is_flood else "",
        )
        found = await geography.would_shut(closure)
        if found is None:
            raise Problem(404, "not_found")
        return as_json(found)

    return [street, name, shut]


def _on_earth(point: Point) -> Point:
    if not (abs(point.lat) <= 90 and abs(point.lon) <= 180):
        raise Problem(400, "bad_request")
    return point
