"""Addresses of recordings: what there is, asking to hear it and saying why, and hearing it.

Nobody hears anything by knowing an address. Whoever asks gives a reason; the door says whether they
may and writes it into the journal; only then there is a ticket, for one listening, by that session.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Iterator

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Stream

from kentongan.app.handle import handle
from kentongan.core.access import may
from kentongan.core.commands import Envelope, PlayRecording
from kentongan.core.hearing import check_hearing
from kentongan.core.rows import AnyRow, CallRow
from kentongan.core.words import Agent, CallId, CommandId
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import PlayAsked, PlayTicket, decode_play
from kentongan.edge.web.command_routes import BODY_BYTES_MAX
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.ranges import Range, Span, read_range
from kentongan.edge.web.recordings import Found, examine, find_segment, list_segments
from kentongan.edge.web.switch_client import SwitchAway
from kentongan.edge.web.tickets import Sound
from kentongan.edge.web.viewer import ROOM, signed_in, viewer_of
from kentongan.edge.web.visible import stored
from kentongan.edge.web.wav_stream import size_of, stream
from kentongan.media.seal import SealError
from kentongan.media.seal_read import SealedRecording
from kentongan.store.whole import WholeStore

LISTENING_MAX = 16
"""Recordings read whole at once; each costs about half a second a recorded hour."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses of recordings."""
    reading = asyncio.Semaphore(LISTENING_MAX)

    @get("/api/calls/{call:str}/recordings")
    async def recordings(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/calls/{call}/recordings")
        row = await _stored_call(parts, agent, call)
        is_over = row.ended_at is not None
        found = await parts.lanes.reading.run(
            lambda store: list_segments(store, call, is_over=is_over)
        )
        return as_json(found)

    @post(
        "/api/calls/{call:str}/recordings/{segment:str}/play",
        request_max_body_size=BODY_BYTES_MAX,
        status_code=200,
    )
    async def play(
        request: AnyRequest, call: FromPath[str], segment: FromPath[str]
    ) -> Response[bytes]:
        address = "POST /api/calls/{call}/recordings/{segment}/play"
        agent = parts.live.at_desk(await viewer_of(request, parts.sessions, address))
        session = (await signed_in(request, parts.sessions)).session.key
        asked = decode_play(await request.body())
        await _stored_call(parts, agent, call)
        envelope = _envelope(agent, call, segment, asked)
        found = await parts.lanes.reading.run(lambda store: _permitted(store, envelope, segment))
        async with reading:
            examined = await asyncio.to_thread(examine, parts.archive, found)
        await _on_record(parts, envelope)
        await parts.reads.log(agent.id, [f"recording:{call}/{segment}"], "recording")
        name, until = parts.tickets.give(session, examined.sound)
        return as_json(
            PlayTicket(
                url=f"/api/recordings/{name}",
                use_before=until,
                seconds=examined.sound.seconds,
                verdict=examined.verdict,
                damaged_at_s=examined.damaged_at_s,
                started_at=examined.started_at,
            )
        )

    @get("/api/recordings/{ticket:str}")
    async def sound(request: AnyRequest, ticket: FromPath[str]) -> Response[bytes] | Stream:
        await viewer_of(request, parts.sessions, "GET /api/recordings/{ticket}")
        session = (await signed_in(request, parts.sessions)).session.key
        asked = read_range(request.headers.get("range"))
        tickets = parts.tickets
        wanted = tickets.find(ticket, session) if asked else tickets.take(ticket, session)
        if wanted is None:
            raise Problem(410, "ticket_over")
        return await _sound(wanted, asked)

    return [recordings, play, sound]


async def _stored_call(parts: Parts, agent: Agent, call: str) -> CallRow:
    """The call, of any age, as the viewer may see it, or 404."""
    row = await parts.lanes.reading.run(
        lambda store: stored(store, parts, agent, CallRow, "call", call)
    )
    if row is None:
        raise Problem(404, "not_found")
    return row


def _envelope(agent: Agent, call: str, segment: str, asked: PlayAsked) -> Envelope:
    """A new id each time: every listening is a fact of its own."""
    command = PlayRecording(call=CallId(call), segment=segment, reason=asked.reason)
    return Envelope(id=CommandId(f"play-{secrets.token_hex(12)}"), agent=agent, command=command)


def _permitted(store: WholeStore, envelope: Envelope, segment: str) -> Found:
    """The segment, for who may hear it; runs on the reading thread."""

    def find(kind: str, key: str) -> AnyRow | None:
        row = store.find_row(kind, key)
        return row.row if row is not None else None

    def rows(kind: str) -> Iterator[AnyRow]:
        return (found.row for found in store.rows(kind) if found.row is not None)

    command = envelope.command
    assert isinstance(command, PlayRecording)  # noqa: S101 - made above
    may(envelope.agent, command, find)
    check_hearing(envelope.agent, command, find, rows)
    found = find_segment(store, command.call, segment)
    if found.kept is None and not envelope.agent.has(*ROOM):
        raise Problem(403, "recording_running")
    return found


async def _on_record(parts: Parts, envelope: Envelope) -> None:
    """Into the journal, through the switch, which writes the streams of calls in hand.

    While the switch is away nobody talks: then the door takes it directly.
    """
    with contextlib.suppress(SwitchAway):
        await parts.switch.command(envelope)
        return
    now = parts.given.clock()
    await parts.lanes.door.run(lambda store: handle(store, parts.city.plans, envelope, now))


async def _sound(sound: Sound, asked: Range | None) -> Response[bytes] | Stream:
    size = size_of(sound)
    span = asked.within(size) if asked is not None else Span(0, size)
    if span is None:
        headers = {"Content-Range": f"bytes */{size}"}
        return Response(b"", status_code=416, media_type="audio/wav", headers=headers)
    try:
        recording = await asyncio.to_thread(SealedRecording, sound.path, sound.key)
    except (OSError, SealError) as error:
        raise Problem(404, "recording_missing", segment=sound.path.name) from error
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    headers["Content-Length"] = str(span.stop - span.start)
    if asked is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
    return Stream(
        stream(recording, sound, span),
        status_code=200 if asked is None else 206,
        media_type="audio/wav",
        headers=headers,
    )
