"""Where a caller is: a desk's link and the page behind it.

A link's secret is in nobody's memory but the caller's: the journal keeps its digest, so that every
web process knows it and none can tell it. It is the fragment of the link, which no browser sends,
and comes back in bodies only, so that it stands in no log of addresses. What comes in is a fact on
the call, with its source; nothing here says where help is sent.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import structs, to_builtins

from kentongan.core.call_rows import LocationLink
from kentongan.core.checks import is_readable
from kentongan.core.commands import LinkCall
from kentongan.core.rows import CallRow
from kentongan.core.words import CallId, Place, PlaceSource
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import CommandRequest
from kentongan.edge.web.caller_bodies import (
    LinkMade,
    LinkShown,
    LinkText,
    decode_caller_is_at,
    decode_link,
    decode_opened,
)
from kentongan.edge.web.caller_guesses import Guesses
from kentongan.edge.web.command_routes import through_switch
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.switch_calls import OVER
from kentongan.edge.web.viewer import viewer_of
from kentongan.edge.web.visible import find_visible
from kentongan.store.whole import WholeStore

PLACES: Final = "/api/citizen/places"
"""The page's addresses, below those of the citizens' page: no session."""

PAGE: Final = "/112/lokasi"

LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Told apart by ear and by eye: no 0 and o, no 1, l and i."""

SECRET_LETTERS: Final = 10
"""31 to the power of 10: 20,000 guesses in ten minutes at 500 open links are 10⁻⁸ of a hit."""

VALID: Final = timedelta(minutes=30)
"""How long a link may be used; a call that ends ends it, too."""

BODY_BYTES_MAX: Final = 4_000
"""A position has 200 octets."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses."""
    guesses = Guesses()

    @post("/api/calls/{call:str}/location-link", status_code=200)
    async def link(request: AnyRequest, call: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/calls/{call}/location-link")
        asked = decode_link(await request.body() or b"{}")
        secret = _secret()
        command = LinkCall(
            call=CallId(call), digest=_digest(secret), valid_s=int(VALID.total_seconds())
        )
        wanted = CommandRequest(id=f"link-{secrets.token_hex(12)}", command=command)
        await through_switch(parts, agent, wanted)
        made = _made(parts, request, secret)
        if asked.send and parts.given.text_out is not None:
            row = find_visible(parts, agent, CallRow, "call", call)
            made = structs.replace(made, sent=await _send(parts, row, made))
        return as_json(made)

    @post(f"{PLACES}/state", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def shown(request: AnyRequest) -> Response[bytes]:
        opened = decode_opened(await request.body())
        city = parts.city.pack.city.name.id
        found = _find(parts, guesses, request, opened.secret)
        if found is None:
            return as_json(LinkShown(state="over", city=city))
        return as_json(LinkShown(state="open", city=city, expires_at=found[1].expires_at))

    @post(PLACES, request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def is_at(request: AnyRequest) -> Response[bytes]:
        told = decode_caller_is_at(await request.body())
        if not is_readable(told.point):
            raise Problem(422, "place_unreadable")
        city = parts.city.pack.city.name.id
        found = _find(parts, guesses, request, told.secret)
        if found is None:
            return as_json(LinkShown(state="over", city=city))
        place = Place(
            source=PlaceSource.LINK,
            point=told.point,
            radius_m=told.accuracy_m,
            uncertain=told.accuracy_m is None,
        )
        measured_at = parts.given.clock() - timedelta(seconds=told.age_s)
        await parts.switch.ask(
            "caller_place", call=found[0], place=to_builtins(place), measured_at=measured_at
        )
        return as_json(LinkShown(state="open", city=city, expires_at=found[1].expires_at))

    return [link, shown, is_at]


# --- the link ------------------------------------------------------------------------------------


def _secret() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(SECRET_LETTERS))
    half = SECRET_LETTERS // 2
    return f"{letters[:half]}-{letters[half:]}"


def _digest(secret: str) -> str:
    """Of the letters alone: people write capitals, and a hyphen, a space or neither."""
    letters = "".join(sign for sign in secret.lower() if sign.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()


def _made(parts: Parts, request: AnyRequest, secret: str) -> LinkMade:
    base = parts.given.public_url.rstrip("/") or own_url(request)
    url = f"{base}{PAGE}#{secret}"
    return LinkMade(
        url=url,
        page=f"{base}{PAGE}",
        spoken=secret.upper().replace("-", " "),
        text=LinkText(
            id=f"112: buka {url} untuk mengirim lokasi Anda.",
            en=f"112: open {url} to send us where you are.",
        ),
        expires_at=parts.given.clock() + VALID,
    )


def own_url(request: AnyRequest) -> str:
    """The address that the console was opened with."""
    origin = request.headers.get("origin", "")
    return origin or f"{request.url.scheme}://{request.url.netloc}"


async def _send(parts: Parts, row: CallRow | None, made: LinkMade) -> bool:
    """Through the gateway, to the caller's own number."""
    send, number = parts.given.text_out, row.number if row is not None else None
    if send is None or number is None:
        return False
    ref = number.ref
    text = number.text
    if text is None and ref is not None:

        def opened(store: WholeStore) -> str | None:
            return parts.texts.open(store, [ref]).get(ref)

        text = await parts.lanes.reading.run(opened)
    return bool(text) and await send(text or "", made.text.id)


def _find(
    parts: Parts, guesses: Guesses, request: AnyRequest, secret: str
) -> tuple[str, LocationLink] | None:
    """The call that goes on and whose link this is.

    Every look is counted before it is made, so that who has guessed too often learns no more, and
    no right guess either; a link that exists was no guess.
    """
    address = request.client.host if request.client is not None else ""
    now, digest = parts.given.clock(), _digest(secret)
    if not guesses.may_look(address, digest, now):
        raise Problem(429, "too_many_rings")
    for held in parts.live.held.of_kind("call"):
        row = held.row
        if not isinstance(row, CallRow) or not row.location_links:
            continue
        link = next((one for one in row.location_links if one.digest == digest), None)
        if link is not None:
            guesses.was_right(address, digest)
            is_good = row.state not in OVER and now < link.expires_at
            return (row.key, link) if is_good else None
    return None
