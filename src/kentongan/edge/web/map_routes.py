"""Reading addresses of the map: the city in use, its file of tiles, ways to a place, coverage.

A sensitive incident that the viewer may not see is not found here either. Nothing in here waits
for a map: without one the answers say so, and ways are straight lines.
"""

import hashlib
import re
from datetime import datetime
from typing import Final

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from kentongan.cities.facts import Point
from kentongan.core.rows import UnitRow
from kentongan.core.words import Agent
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.asked_once import AskedOnce
from kentongan.edge.web.bodies_map import MapCity
from kentongan.edge.web.map_answers import UNITS_MAX, Coverage
from kentongan.edge.web.map_file import MapFile, Versions
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.starts import start_of
from kentongan.edge.web.viewer import viewer_of
from kentongan.edge.web.visible import find_visible, get_incident
from kentongan.geography import Geography, Route, Start

_SORT: Final = re.compile(r"[a-z]{2,32}")


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The map's addresses."""
    geography = parts.given.geography
    file, versions, coverage = MapFile(), Versions(), Coverage(parts)
    shared = AskedOnce[tuple[Route, ...]]()

    @get("/api/map/city")
    async def city(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/map/city")
        found = MapCity(city=geography.city(), facilities=await geography.facilities())
        body = msgspec.json.encode(found)
        tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(b"", status_code=304, headers=headers)
        return Response(body, media_type=MediaType.JSON, headers=headers)

    @get("/api/map/city.pmtiles")
    async def tiles(request: AnyRequest) -> Response[bytes] | Stream:
        await viewer_of(request, parts.sessions, "GET /api/map/city.pmtiles")
        asked = request.query_params.get("v", "")
        path = versions.find(asked, geography.city().version, geography.tiles())
        if path is None:
            raise Problem(404, "not_found")
        return await file.answer(request, path, asked)

    @get("/api/map/routes")
    async def ways(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/map/routes")
        return as_json(await _ways(parts, shared, agent, request))

    @get("/api/map/coverage")
    async def reach(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/map/coverage")
        sort = request.query_params.get("kind", "")
        if _SORT.fullmatch(sort) is None:
            raise Problem(400, "bad_request")
        shapes, posts = (request.query_params.get(one) == "1" for one in ("shapes", "posts"))
        return as_json(await coverage.find(agent, (sort, shapes, posts)))

    return [city, tiles, ways, reach]


async def _ways(
    parts: Parts, shared: AskedOnce[tuple[Route, ...]], agent: Agent, request: AnyRequest
) -> tuple[Route, ...]:
    """Ways of units the viewer sees to the place of an incident the viewer sees, or 404."""
    incident = get_incident(parts, agent, request.query_params.get("incident", ""))
    names = [name for name in request.query_params.get("units", "").split(",") if name]
    if not 0 < len(names) <= UNITS_MAX:
        raise Problem(400, "bad_request")
    starts = [_start(parts, agent, name) for name in names]
    goal = incident.place.point if incident.place is not None else None
    if goal is None:
        return ()
    geography, now = parts.given.geography, parts.given.clock()
    return await shared.find(
        (goal, starts, parts.roads.count(now), geography.city()),
        lambda: _routes(geography, goal, starts, now),
    )


async def _routes(
    geography: Geography, goal: Point, starts: list[Start], now: datetime
) -> tuple[Route, ...]:
    return await geography.routes(goal, starts, now)


def _start(parts: Parts, agent: Agent, name: str) -> Start:
    unit = find_visible(parts, agent, UnitRow, "unit", name)
    if unit is None:
        raise Problem(404, "not_found")
    latest = parts.fixes.find(unit.key)
    return start_of(unit, None if latest is None else latest.fix, parts.given.clock())
