"""The citizen's page `/112`: ring, offer sound, type, ask how it stands, hang up. No session.

Each request carries the call's key; the switch checks it, so that any web process can carry any of
them. The page asks every second or two instead of keeping a line open: that passes every proxy and
comes back by itself on a bad network, and is the sign of life of a caller who only types.
"""

import secrets
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import to_builtins

from kentongan.core.words import Place, PlaceSource
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import MediaAnswer
from kentongan.edge.web.citizen_bodies import (
    CitizenCallShown,
    CitizenPage,
    CitizenPlace,
    CitizenRing,
    decode_ask,
    decode_is_at,
    decode_line,
    decode_ring,
    decode_sdp,
)
from kentongan.edge.web.citizen_limits import (
    ALL_RELAYS_MAX,
    RELAYS_MAX,
    RELAYS_WITHIN,
    Share,
)
from kentongan.edge.web.citizen_line import CitizenLine
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.turn import turn_credentials

PREFIX: Final = "/api/citizen"
"""Everything below it is for everybody: no session, so no cookie to be misused."""

CALL: Final = f"{PREFIX}/calls/{{call:str}}"

BODY_BYTES_MAX: Final = 64_000
"""A browser's offer has 8 kB."""

TURN_TTL_S: Final = int(RELAYS_WITHIN.total_seconds())
"""How long a relay may be asked for, an hour: a page is open a while before it rings, and needs one
anew when its network changes in mid-call. A relay in use lives on."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The page's addresses."""
    line = CitizenLine(parts.switch, parts.given.clock)
    relays = Share(RELAYS_MAX, ALL_RELAYS_MAX, RELAYS_WITHIN)

    @get(PREFIX)
    async def page(request: AnyRequest) -> Response[bytes]:
        return as_json(_page(parts, relays, _address_of(request)))

    @post(f"{PREFIX}/calls", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def ring(request: AnyRequest) -> Response[bytes]:
        asked = decode_ring(await request.body())
        answer = await line.ring(_address_of(request), asked.call, asked.key, **_ring(parts, asked))
        return as_json(_shown(answer))

    @post(f"{CALL}/media", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def media(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        asked = decode_sdp(await request.body())
        answer = await line.ask(
            "citizen_offer",
            _address_of(request),
            call,
            asked.key,
            sdp=asked.sdp,
            restart=asked.restart,
        )
        return as_json(MediaAnswer(sdp=str(answer.get("sdp", ""))))

    @post(f"{CALL}/text", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def text(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        asked = decode_line(await request.body())
        answer = await line.ask(
            "citizen_text", _address_of(request), call, asked.key, text=asked.text
        )
        return as_json(_shown(answer))

    @post(f"{CALL}/place", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def is_at(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        asked = decode_is_at(await request.body())
        place = to_builtins(_place(asked.place))
        answer = await line.ask("citizen_place", _address_of(request), call, asked.key, place=place)
        return as_json(_shown(answer))

    @post(f"{CALL}/state", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def state(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        asked = decode_ask(await request.body())
        answer = await line.ask(
            "citizen_state", _address_of(request), call, asked.key, since=asked.since
        )
        return as_json(_shown(answer))

    @post(f"{CALL}/end", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def end(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        asked = decode_ask(await request.body())
        answer = await line.end(call, asked.key)
        return as_json(_shown(answer))

    return [page, ring, media, text, is_at, state, end]


def _address_of(request: AnyRequest) -> str:
    return request.client.host if request.client is not None else ""


def _page(parts: Parts, relays: Share, address: str) -> CitizenPage:
    """What a page must know. Who asks for more relays than a house needs gets the page without."""
    given = parts.given
    ice: tuple[dict[str, Any], ...] = ()
    has_relay = bool(given.turn_secret and given.turn_urls)
    if has_relay and relays.take(address, given.clock()):
        name, password = turn_credentials(
            given.turn_secret, secrets.token_hex(8), given.clock(), TURN_TTL_S
        )
        ice = ({"urls": list(given.turn_urls), "username": name, "credential": password},)
    return CitizenPage(
        number="112", city=parts.city.pack.city.name.id, training=given.training, ice=ice
    )


def _place(told: CitizenPlace) -> Place:
    """A device's word: a circle of its own doubt, and never more than that."""
    return Place(
        source=PlaceSource.DEVICE,
        point=told.point,
        radius_m=told.accuracy_m,
        uncertain=told.accuracy_m is None,
    )


def _ring(parts: Parts, asked: CitizenRing) -> dict[str, Any]:
    place = None if asked.place is None else _place(asked.place)
    return {
        "language": asked.language,
        "number": asked.number,
        "place": to_builtins(place),
        "only_types": asked.only_types,
        "training": parts.given.training,
    }


def _shown(answer: dict[str, Any]) -> CitizenCallShown:
    return msgspec.convert(
        {name: answer[name] for name in CitizenCallShown.__struct_fields__ if name in answer},
        CitizenCallShown,
    )
