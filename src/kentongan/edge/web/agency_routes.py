"""An agency's own figures, and its tasks as a file that a spreadsheet opens.

An officer reads those of the own agency, a supervisor and an evaluator those of any. Nobody's words
are in it; who asked for the file stands in the access log all the same.
"""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kentongan.core.agency_file import Figures, Line, figures, lines
from kentongan.core.rows import IncidentRow
from kentongan.core.words import Agent, Role
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of

SPAN_MAX: Final = timedelta(days=366)
"""Longest time of one file: a year and its leap day."""

_ANY_AGENCY: Final = (Role.SUPERVISOR, Role.EVALUATOR)

COLUMNS: Final = (
    "long_id",
    "number",
    "nature",
    "priority",
    "kelurahan",
    "lead",
    "state",
    "opened_at",
    "tasked_at",
    "told_at",
    "answered_at",
    "departed_at",
    "arrived_at",
    "ended_at",
    "units",
    "answer_s",
    "response_s",
    "law_s",
    "within_law",
)


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """Two addresses."""

    @get("/api/agencies/{agency:str}/figures")
    async def own_figures(request: AnyRequest, agency: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/agencies/{agency}/figures")
        found = await _found(parts, request, agent, agency)
        return as_json(figures(found))

    @get("/api/agencies/{agency:str}/tasks.csv")
    async def tasks(request: AnyRequest, agency: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/agencies/{agency}/tasks.csv")
        found = await _found(parts, request, agent, agency)
        start, end = _span(request)
        await parts.reads.log(agent.id, [f"agency_file:{agency}"], "agency_file")
        zone = ZoneInfo(parts.city.pack.city.timezone)
        first, last = start.astimezone(zone), (end - timedelta(seconds=1)).astimezone(zone)
        name = f"{agency}-{first:%Y%m%d}-{last:%Y%m%d}.csv"
        return Response(
            as_csv(found, figures(found), zone),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )

    return [own_figures, tasks]


async def _found(parts: Parts, request: AnyRequest, agent: Agent, agency: str) -> tuple[Line, ...]:
    """The lines, for who may read them; an agency that is not theirs is not there."""
    plans = parts.city.plans
    is_own = agent.has(Role.AGENCY_OFFICER) and agent.agency == agency
    if agency not in plans.agencies or not (is_own or agent.has(*_ANY_AGENCY)):
        raise Problem(404, "not_found")
    start, end = _span(request)
    return await parts.lanes.reading.run(
        lambda store: lines(
            (one.row for one in store.rows("incident") if isinstance(one.row, IncidentRow)),
            agency,
            start,
            end,
            plans,
        )
    )


def _span(request: AnyRequest) -> tuple[datetime, datetime]:
    start, end = _time(request, "from"), _time(request, "to")
    if not timedelta() < end - start <= SPAN_MAX:
        raise Problem(400, "bad_span")
    return start, end


def _time(request: AnyRequest, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(request.query_params.get(name, ""))
    except ValueError:
        raise Problem(400, "bad_span") from None
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)


def as_csv(found: Iterable[Line], sums: Figures, zone: ZoneInfo) -> bytes:
    """Times in the city's own zone; the fraction that the law asks for stands first.

    A byte order mark, so that a spreadsheet takes the letters for what they are.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("law_cases", sums.law_cases))
    writer.writerow(("law_within", sums.law_within))
    writer.writerow(("law_missing", sums.law_missing))
    writer.writerow(())
    writer.writerow(COLUMNS)
    for line in found:
        writer.writerow([_cell(getattr(line, column), zone) for column in COLUMNS])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cell(value: object, zone: ZoneInfo) -> str:
    """As text; what a spreadsheet would take for a formula begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = str(value)
    return f"'{said}" if said[:1] in ("=", "+", "-", "@") else said
