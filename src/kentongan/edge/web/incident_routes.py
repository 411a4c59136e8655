"""Reading addresses of incidents: who can help, is it the same, what happened, where is it."""

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kentongan.core.duplicates import Duplicate, Known, Told, rank
from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.words import Agent
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import decode_words
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.recommendation import Recommendations
from kentongan.edge.web.search import reach, search
from kentongan.edge.web.timeline import timeline
from kentongan.edge.web.viewer import viewer_of
from kentongan.edge.web.visible import get_incident, list_visible, reports_of
from kentongan.store.whole import WholeStore

COMPARED_MAX = 500
"""Open incidents whose texts are opened for the comparison, newest first."""

REPORTS_EACH_MAX = 5
"""Reports of each that are compared."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The incident's reading addresses."""
    recommendations = Recommendations(parts)

    @get("/api/incidents/{incident:str}/recommendation")
    async def recommended(request: AnyRequest, incident: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(
            request, parts.sessions, "GET /api/incidents/{incident}/recommendation"
        )
        row = get_incident(parts, agent, incident)
        is_patient = request.query_params.get("patient") == "1"
        return as_json(await recommendations.find(agent, row, is_patient=is_patient))

    @get("/api/incidents/{incident:str}/duplicates")
    async def duplicates(request: AnyRequest, incident: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/incidents/{incident}/duplicates")
        row = get_incident(parts, agent, incident)
        return as_json(await _duplicates(parts, agent, row))

    @get("/api/incidents/{incident:str}/timeline")
    async def events(request: AnyRequest, incident: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/incidents/{incident}/timeline")
        found = await parts.lanes.reading.run(lambda store: timeline(store, parts, agent, incident))
        parts.reads.note(agent.id, found.refs, "timeline")
        return as_json(found.entries)

    @post("/api/search", status_code=200)
    async def find(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/search")
        query = decode_words(await request.body()).q
        seen = reach(parts, agent)
        found = await parts.lanes.reading.run(
            lambda store: search(store, parts, agent, seen, query)
        )
        parts.reads.note(agent.id, found.refs, "search")
        return as_json(found.found)

    return [recommended, duplicates, events, find]


async def _duplicates(parts: Parts, agent: Agent, row: IncidentRow) -> tuple[Duplicate, ...]:
    others = [
        other
        for other in list_visible(parts, agent, IncidentRow, "incident")
        if other.key != row.key and other.state != "closed"
    ]
    others.sort(key=lambda other: other.opened_at, reverse=True)
    told = reports_of(parts, agent, row)
    known = [(one, reports_of(parts, agent, one)) for one in others[:COMPARED_MAX]]

    def compare(store: WholeStore) -> tuple[Duplicate, ...]:
        texts = parts.texts.open(store, _refs([told, *(reports for _, reports in known)]))
        return rank(
            _told(row, told, texts),
            [_known(one, reports, texts) for one, reports in known],
            parts.city.plans,
        )

    found = await parts.lanes.reading.run(compare)
    named = {one.incident for one in found}
    shown = [reports for one, reports in known if one.key in named]
    parts.reads.note(agent.id, _refs(shown), "duplicates")
    return found


def _refs(groups: list[list[ReportRow]]) -> list[str]:
    return [
        personal.ref
        for reports in groups
        for report in reports[:REPORTS_EACH_MAX]
        for personal in (report.number, report.complaint)
        if personal is not None and personal.ref is not None
    ]


def _told(row: IncidentRow, reports: list[ReportRow], texts: dict[str, str]) -> Told:
    place = row.place
    numbers = _texts_of(reports, texts, "number")
    return Told(
        at=row.opened_at,
        point=place.point if place is not None else None,
        kelurahan=place.kelurahan if place is not None else None,
        nature=row.nature,
        number=numbers[0] if numbers else None,
        words=" ".join(_texts_of(reports, texts, "complaint")),
    )


def _known(row: IncidentRow, reports: list[ReportRow], texts: dict[str, str]) -> Known:
    return Known(
        row=row,
        numbers=tuple(_texts_of(reports, texts, "number")),
        complaint=" ".join(_texts_of(reports, texts, "complaint")),
    )


def _texts_of(reports: list[ReportRow], texts: dict[str, str], field: str) -> list[str]:
    found: list[str] = []
    for report in reports[:REPORTS_EACH_MAX]:
        personal = report.number if field == "number" else report.complaint
        text = texts.get(personal.ref or "") if personal is not None else None
        if text is not None:
            found.append(text)
    return found
