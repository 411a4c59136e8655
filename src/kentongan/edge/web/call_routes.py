"""Reading addresses of a call: earlier calls of the same number, and lines typed beside it."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kentongan.core.events import CallTexted
from kentongan.core.rows import CallRow, IncidentRow
from kentongan.core.words import Agent, PartyKey
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import EarlierCall, TextLine
from kentongan.edge.web.letters import held_as, may_read, until_held
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of
from kentongan.edge.web.visible import find_visible, list_visible, stored
from kentongan.store.whole import WholeStore

HISTORY_MAX = 20
"""Earlier calls shown; a prankster has hundreds."""

TEXTS_MAX = 500
"""Lines beside one call that are shown, the newest; who types faster is read in the journal."""

COMPARED_MAX = 5_000
"""Recent calls whose number is compared: about a week of a city."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The call's reading address."""

    @get("/api/calls/{call:str}/history")
    async def history(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/calls/{call}/history")
        row = await _stored_call(parts, agent, call)
        if row.number is None or row.number.ref is None:
            return as_json([])
        return as_json(await _history(parts, agent, row))

    @get("/api/calls/{call:str}/texts")
    async def texts(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/calls/{call}/texts")
        row = await _stored_call(parts, agent, call)
        if not may_read(row, agent):
            raise Problem(403, "not_permitted")
        found = await parts.lanes.reading.run(
            lambda store: _texts(store, parts, row, held_as(row, agent))
        )
        parts.reads.note(agent.id, found[1], "texts")
        return as_json(found[0])

    return [history, texts]


async def _stored_call(parts: Parts, agent: Agent, call: str) -> CallRow:
    """The call, of any age, as the viewer may see it, or 404."""
    row = await parts.lanes.reading.run(
        lambda store: stored(store, parts, agent, CallRow, "call", call)
    )
    if row is None:
        raise Problem(404, "not_found")
    return row


async def _history(parts: Parts, agent: Agent, row: CallRow) -> list[EarlierCall]:
    """Calls whose number is the same text. Numbers are sealed apart, so texts are compared."""
    calls = list_visible(parts, agent, CallRow, "call")
    others = [call for call in calls if call.key != row.key and call.number is not None]
    others.sort(key=lambda other: other.ring_at, reverse=True)
    others = others[:COMPARED_MAX]
    own = row.number.ref if row.number is not None else None
    refs = [other.number.ref for other in others if other.number and other.number.ref]

    def same(store: WholeStore) -> list[CallRow]:
        texts = parts.texts.open(store, [own, *refs] if own else refs)
        number = texts.get(own) if own else None
        return [
            other
            for other in others
            if number and other.number and texts.get(other.number.ref or "") == number
        ]

    matches = await parts.lanes.reading.run(same)
    if own is not None:
        parts.reads.note(agent.id, [own], "history")
    return [_earlier(parts, agent, call) for call in matches[:HISTORY_MAX]]


def _texts(
    store: WholeStore, parts: Parts, row: CallRow, held: frozenset[PartyKey]
) -> tuple[list[TextLine], frozenset[str]]:
    """The lines in order, up to where the reader was put on hold, and the refs that were opened."""
    said = [
        (one.event, one.meta)
        for one in until_held(store.load(f"call:{row.key}"), held)
        if isinstance(one.event, CallTexted)
    ][-TEXTS_MAX:]
    refs = frozenset(event.text.ref for event, _ in said if event.text.ref)
    opened = parts.texts.open(store, refs) if refs else {}
    lines = [
        TextLine(
            by=event.by,
            text=opened.get(event.text.ref or "") or event.text.text,
            at=meta.at,
            agent_name=meta.agent_name if event.by == "desk" else "",
            cut=event.cut,
        )
        for event, meta in said
    ]
    return lines, refs


def _earlier(parts: Parts, agent: Agent, call: CallRow) -> EarlierCall:
    incident: IncidentRow | None = None
    for report in parts.live.held.reports_of_call(call.key):
        if report.incident is not None:
            incident = find_visible(parts, agent, IncidentRow, "incident", report.incident)
    return EarlierCall(
        call=call.key,
        ring_at=call.ring_at,
        line=call.line,
        disposition=call.disposition.value if call.disposition is not None else None,
        incident=incident.key if incident is not None else None,
        incident_number=incident.number if incident is not None else None,
        incident_open=incident is not None and incident.state != "closed",
    )
