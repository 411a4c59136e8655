"""Reading addresses of a call: earlier calls of the same number, and its recording."""

import asyncio
import re
from pathlib import Path

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kentongan.core.events import RecordingKept
from kentongan.core.rows import CallRow, IncidentRow
from kentongan.core.words import Agent
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import EarlierCall, Segment
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of
from kentongan.edge.web.visible import find_visible, list_visible, stored
from kentongan.store.whole import WholeStore

HISTORY_MAX = 20
"""Earlier calls shown; a prankster has hundreds."""

COMPARED_MAX = 5_000
"""Recent calls whose number is compared: about a week of a city."""

SEGMENT = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9_@.-]{0,200}")

RECORDING_BYTES_MAX = 200_000_000
"""Longest recording given in one answer: three hours at 16 kB/s."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The call's reading addresses."""

    @get("/api/calls/{call:str}/history")
    async def history(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/calls/{call}/history")
        row = await _stored_call(parts, agent, call)
        if row.number is None or row.number.ref is None:
            return as_json([])
        return as_json(await _history(parts, agent, row))

    @get("/api/calls/{call:str}/recordings")
    async def recordings(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/calls/{call}/recordings")
        await _stored_call(parts, agent, call)
        return as_json(await parts.lanes.reading.run(lambda store: _segments(store, call)))

    @get("/api/calls/{call:str}/recording/{segment:str}")
    async def recording(
        request: AnyRequest, call: FromPath[str], segment: FromPath[str]
    ) -> Response[bytes]:
        agent = await viewer_of(
            request, parts.sessions, "GET /api/calls/{call}/recording/{segment}"
        )
        if not SEGMENT.fullmatch(segment):
            raise Problem(404, "not_found")
        await _stored_call(parts, agent, call)
        path = await parts.lanes.reading.run(
            lambda store: _recording(store, parts.given.recordings_dir, call, segment)
        )
        await parts.reads.log(agent.id, [f"recording:{call}/{segment}"], "recording")
        body = await asyncio.to_thread(path.read_bytes)
        return Response(body, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    return [history, recordings, recording]


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


def _segments(store: WholeStore, call: str) -> list[Segment]:
    """What of the call was recorded, in order."""
    return [
        Segment(segment=one.event.segment, seconds=one.event.seconds, kept_at=one.meta.at)
        for one in store.load(f"call:{call}")
        if isinstance(one.event, RecordingKept)
    ]


def _recording(store: WholeStore, folder: Path, call: str, segment: str) -> Path:
    """The file of a segment that the journal knows, or 404."""
    if all(known.segment != segment for known in _segments(store, call)):
        raise Problem(404, "not_found")
    path = (folder / segment).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise Problem(404, "not_found")
    if path.stat().st_size > RECORDING_BYTES_MAX:
        raise Problem(413, "recording_too_long")
    return path
