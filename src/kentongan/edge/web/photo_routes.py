"""Addresses of pictures from the scene: taking one in, and looking at one.

Taken in: a JPEG of bounded size, taken apart and put together with nothing but the picture, sealed,
and then a fact of the incident through the door. Looked at: by whoever sees it in the incident's
row; who looked is on record before the first octet leaves.
"""

import asyncio
import hashlib
import re
import secrets
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kentongan.app.handle import Outcome, handle
from kentongan.core.access import may
from kentongan.core.commands import AttachPhoto, Envelope
from kentongan.core.events import PhotoAttached
from kentongan.core.rows import AnyRow, IncidentRow
from kentongan.core.words import Agent, CommandId, IncidentId, Refused
from kentongan.edge.web import photos
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import PhotoTaken
from kentongan.edge.web.jpeg import BYTES_MAX, NotAPictureError, Picture, clean
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import must_be_own, viewer_of
from kentongan.edge.web.visible import stored
from kentongan.media.seal_keys import KeyRefusedError, load_or_make_centre_key
from kentongan.store.whole import WholeStore

GIVEN_ID: Final = re.compile(r"[0-9A-Za-z-]{16,64}")
"""An id that a device gave its picture: a UUID, or one of its kind."""

AT_ONCE_MAX: Final = 4
"""Pictures taken apart at the same time; each holds its octets twice."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """Two addresses."""
    room = asyncio.Semaphore(AT_ONCE_MAX)

    @post("/api/incidents/{incident:str}/photos", request_max_body_size=BYTES_MAX, status_code=200)
    async def take(request: AnyRequest, incident: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/incidents/{incident}/photos")
        must_be_own(agent, request.query_params.get("agent"))
        given_id = _given_id(request.query_params.get("id"))
        await parts.lanes.reading.run(lambda store: _may_attach(store, agent, incident))
        async with room:
            picture = await asyncio.to_thread(_cleaned, await request.body())
            taken = await _keep(parts, agent, incident, picture, given_id)
        return as_json(taken)

    @get("/api/incidents/{incident:str}/photos/{photo:str}")
    async def look(
        request: AnyRequest, incident: FromPath[str], photo: FromPath[str]
    ) -> Response[bytes]:
        address = "GET /api/incidents/{incident}/photos/{photo}"
        agent = await viewer_of(request, parts.sessions, address)
        row = await parts.lanes.reading.run(
            lambda store: stored(store, parts, agent, IncidentRow, "incident", incident)
        )
        if row is None or not any(one.photo == photo for one in row.photos):
            raise Problem(404, "not_found")
        content = await parts.lanes.reading.run(
            lambda store: photos.read(store, parts.archive, incident, photo)
        )
        await parts.reads.log(agent.id, [f"photo:{incident}/{photo}"], "photo")
        headers = {"Cache-Control": "no-store", "Content-Disposition": "inline"}
        return Response(content, media_type="image/jpeg", headers=headers)

    return [take, look]


def _command(incident: str, photo: str, content: bytes, width: int, height: int) -> AttachPhoto:
    return AttachPhoto(
        incident=IncidentId(incident),
        photo=photo,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        width=width,
        height=height,
    )


def _may_attach(store: WholeStore, agent: Agent, incident: str) -> None:
    """Asked before the octets are read: a stranger's 3 MB cost nothing but a refusal.

    What is not theirs and what is not there are refused alike.
    """

    def find(kind: str, key: str) -> AnyRow | None:
        row = store.find_row(kind, key)
        return row.row if row is not None else None

    try:
        may(agent, _command(incident, "-", b"", 1, 1), find)
    except Refused as refused:
        raise Problem(404, "not_found") from refused


def _cleaned(content: bytes) -> Picture:
    try:
        return clean(content)
    except NotAPictureError as error:
        raise Problem(415, "not_a_picture") from error


def _given_id(asked: str | None) -> str:
    """The device's own id of the picture, or one of ours: the same one is one picture."""
    if asked is None:
        return secrets.token_hex(16)
    if not GIVEN_ID.fullmatch(asked):
        raise Problem(400, "body_invalid", where="id")
    return asked


async def _keep(
    parts: Parts, agent: Agent, incident: str, picture: Picture, given_id: str
) -> PhotoTaken:
    """First the key, durably, then the file, then the fact: nothing is told that is not there.

    One that was taken before, or is refused, leaves neither key nor file.
    """
    photo, now = photos.new_photo(), parts.given.clock()
    try:
        centre = await asyncio.to_thread(load_or_make_centre_key, parts.given.recording_key)
    except KeyRefusedError as refused:
        raise Problem(409, "photo_locked") from refused
    key, line = photos.key_for(centre, incident, photo, now)
    await parts.lanes.door.run(lambda store: store.recording_keys.keep([line]))
    try:
        await asyncio.to_thread(photos.write, parts.archive, key, photo, picture.content)
    except OSError as error:
        raise Problem(503, "photo_not_kept") from error
    command = _command(incident, photo, picture.content, picture.width, picture.height)
    envelope = Envelope(id=CommandId(f"photo-{given_id}"), agent=agent, command=command)

    def attach(store: WholeStore) -> str:
        try:
            taken = _attached(handle(store, parts.city.plans, envelope, now), photo)
        except Refused:
            photos.forget(store, parts.archive, key, photo)
            raise
        if taken != photo:
            photos.forget(store, parts.archive, key, photo)
        return taken

    taken = await parts.lanes.door.run(attach)
    return PhotoTaken(photo=taken, width=picture.width, height=picture.height)


def _attached(outcome: Outcome, photo: str) -> str:
    """Under which id the incident has it: an earlier one where it had come before."""
    facts = (one.event for one in outcome.events)
    return next((fact.photo for fact in facts if isinstance(fact, PhotoAttached)), photo)
