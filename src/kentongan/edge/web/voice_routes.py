"""What a page asks of a call's sound: its audio, keys, a replay; and whom it can ring by name.

Carried to the switch as it is. The switch knows who takes part in a call, and says no to anybody
else; nothing of what happens here changes what the call is.
"""

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec.structs import replace

from kentongan.cities.directory import directory_of
from kentongan.core.commands import CallBack, CallCommand
from kentongan.core.rows import CallRow, DeskRow
from kentongan.core.words import Agent, Refused, personal
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import (
    MediaAnswer,
    MediaOffer,
    decode_digits,
    decode_media,
    decode_replay,
)
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of
from kentongan.edge.web.visible import stored
from kentongan.store.whole import WholeStore

BODY_BYTES_MAX = 64_000
"""A browser's offer has 8 kB."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses of a call's sound."""

    @post("/api/calls/{call:str}/media", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def media(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/calls/{call}/media")
        offer = decode_media(await request.body())
        _must_have_the_sound(parts, agent, offer)
        sdp = await parts.switch.media(call, offer.desk, agent.id, offer.sdp, restart=offer.restart)
        return as_json(MediaAnswer(sdp=sdp))

    @post("/api/calls/{call:str}/digits", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def digits(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/calls/{call}/digits")
        asked = decode_digits(await request.body())
        await parts.switch.ask(
            "digits",
            call=call,
            desk=_desk_of(parts, agent),
            agent=agent.id,
            keys=asked.keys,
            party=asked.party,
        )
        return as_json({"outcome": "done"})

    @post("/api/calls/{call:str}/replay", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def replay(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/calls/{call}/replay")
        asked = decode_replay(await request.body())
        await parts.switch.ask(
            "replay",
            call=call,
            desk=_desk_of(parts, agent),
            agent=agent.id,
            seconds=asked.seconds,
        )
        return as_json({"outcome": "done"})

    @get("/api/directory")
    async def directory(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/directory")
        return as_json(directory_of(parts.city.pack))

    return [media, digits, replay, directory]


def _must_have_the_sound(parts: Parts, agent: Agent, offer: MediaOffer) -> None:
    """One window of a person has the sound: no other one takes it by offering. Raises `Refused`."""
    row = parts.live.held.find("desk", offer.desk)
    if not isinstance(row, DeskRow) or row.agent != agent.id:
        return
    if row.page not in {"", offer.page}:
        raise Refused("on_duty_in_other_window", desk=row.key)


def _desk_of(parts: Parts, agent: Agent) -> str:
    desk = parts.live.desk_of(agent.id)
    if desk is None:
        raise Problem(409, "not_on_duty")
    return desk


async def with_number(parts: Parts, agent: Agent, asked: CallCommand) -> CallCommand:
    """A call-back by the call it is for: number and language are read here, so that no page has to
    know the number.

    Raises `Problem` 404 when the viewer does not see that call or it has no number.
    """
    if not isinstance(asked, CallBack) or asked.of is None or (asked.number.text or "").strip():
        return asked
    row = await parts.lanes.reading.run(
        lambda store: stored(store, parts, agent, CallRow, "call", asked.of or "")
    )
    ref = row.number.ref if row is not None and row.number is not None else None
    if row is None or ref is None:
        raise Problem(404, "not_found")

    def read(store: WholeStore) -> str | None:
        return parts.texts.open(store, [ref]).get(ref)

    number = personal(await parts.lanes.reading.run(read))
    if number is None:
        raise Problem(404, "not_found")
    parts.reads.note(agent.id, [ref], "call_back")
    return replace(asked, number=number, language=row.language)
