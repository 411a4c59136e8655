"""Where a caller is: a desk's link, the page behind it, and the operators' AML messages.

A link's secret is in nobody's memory but the caller's: the journal keeps its digest, so that every
web process knows it and none can tell it. What comes in is a fact on the call, with its source;
nothing here says where help is sent.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import structs, to_builtins

from kentongan import aml
from kentongan.core.call_rows import LocationLink
from kentongan.core.commands import LinkCall
from kentongan.core.rows import CallRow
from kentongan.core.words import CallId, Place, PlaceSource
from kentongan.edge.web.aml_calls import Located
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import CommandRequest
from kentongan.edge.web.caller_bodies import (
    AmlTaken,
    LinkMade,
    LinkShown,
    LinkText,
    decode_caller_is_at,
    decode_link,
)
from kentongan.edge.web.citizen_limits import Share
from kentongan.edge.web.command_routes import through_switch
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.switch_calls import OVER
from kentongan.edge.web.viewer import viewer_of
from kentongan.edge.web.visible import find_visible
from kentongan.store.whole import WholeStore

PLACES: Final = "/api/citizen/places"
"""The page's addresses, below those of the citizens' page: no session."""

AML: Final = "/api/aml"
"""Where an operator's server brings AML messages; it proves itself by a word, not by a page."""

PAGE: Final = "/112/lokasi"

LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Told apart by ear and by eye: no 0 and o, no 1, l and i."""

SECRET_LETTERS: Final = 10
"""31 to the power of 10: with 40 guesses in ten minutes at 500 open links, 10⁻¹⁰ of a hit."""

VALID: Final = timedelta(minutes=30)
"""How long a link may be used; a call that ends ends it, too."""

GUESSES_MAX, ALL_GUESSES_MAX, GUESSES_WITHIN = 40, 2_000, timedelta(minutes=10)
"""Wrong links of one address, and of all together, within that time; then it is closed to them."""

BODY_BYTES_MAX: Final = 16_000
"""An AML message has 2 kB."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses."""
    guesses = Share(GUESSES_MAX, ALL_GUESSES_MAX, GUESSES_WITHIN)

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

    @get(f"{PLACES}/{{secret:str}}")
    async def shown(request: AnyRequest, secret: FromPath[str]) -> Response[bytes]:
        city = parts.given.pack.city.name.id
        found = _find(parts, guesses, request, secret)
        if found is None:
            return as_json(LinkShown(state="over", city=city))
        return as_json(LinkShown(state="open", city=city, expires_at=found[1].expires_at))

    @post(f"{PLACES}/{{secret:str}}", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def is_at(request: AnyRequest, secret: FromPath[str]) -> Response[bytes]:
        told = decode_caller_is_at(await request.body())
        city = parts.given.pack.city.name.id
        found = _find(parts, guesses, request, secret)
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

    @post(AML, request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def message(request: AnyRequest) -> Response[bytes]:
        _check_operator(parts, request)
        return as_json(await _take(parts, request, await request.body()))

    return [link, shown, is_at, message]


# --- the link ------------------------------------------------------------------------------------


def _secret() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(SECRET_LETTERS))
    half = SECRET_LETTERS // 2
    return f"{letters[:half]}-{letters[half:]}"


def _digest(secret: str) -> str:
    """Of the letters alone: people leave the hyphen away and write capitals."""
    return hashlib.sha256(secret.lower().replace("-", "").encode()).hexdigest()


def _made(parts: Parts, request: AnyRequest, secret: str) -> LinkMade:
    base = parts.given.public_url.rstrip("/") or _own_url(request)
    url = f"{base}{PAGE}/{secret}"
    return LinkMade(
        url=url,
        spoken=secret.upper().replace("-", " "),
        text=LinkText(
            id=f"112: buka {url} untuk mengirim lokasi Anda.",
            en=f"112: open {url} to send us where you are.",
        ),
        expires_at=parts.given.clock() + VALID,
    )


def _own_url(request: AnyRequest) -> str:
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
    parts: Parts, guesses: Share, request: AnyRequest, secret: str
) -> tuple[str, LocationLink] | None:
    """The call that goes on and whose link this is; wrong ones are counted against the asker."""
    address = request.client.host if request.client is not None else ""
    now, digest = parts.given.clock(), _digest(secret)
    for held in parts.live.held.of_kind("call"):
        row = held.row
        if not isinstance(row, CallRow) or not row.location_links:
            continue
        link = next((one for one in row.location_links if one.digest == digest), None)
        if link is not None:
            is_good = row.state not in OVER and now < link.expires_at
            return (row.key, link) if is_good else None
    if not guesses.take(address, now):
        raise Problem(429, "too_many_rings")
    return None


# --- AML -----------------------------------------------------------------------------------------


def _check_operator(parts: Parts, request: AnyRequest) -> None:
    """The operator's server proves itself: Bearer, or the password of Basic."""
    secret = parts.given.aml_secret
    if not secret:
        raise Problem(404, "not_found")
    kind, _, said = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        said = _password(said)
    if not hmac.compare_digest(said.strip().encode(), secret.encode()):
        raise Problem(401, "not_signed_in")


def _password(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode("utf-8").partition(":")[2]
    except ValueError:
        return ""


async def _take(parts: Parts, request: AnyRequest, body: bytes) -> AmlTaken:
    """Whatever comes is answered as taken: a telephone's message is never sent again."""
    fields = _fields(request, body)
    try:
        text = fields.get("text") or fields.get("message")
        said = aml.read_text(text) if text else aml.read_form(fields)
    except aml.AmlUnreadableError:
        return AmlTaken(outcome="unreadable")
    number = said.number or fields.get("from", "") or fields.get("number", "")
    key = parts.given.aml_hmac_key
    is_false = bool(key) and not aml.is_signed(body, key.encode())
    cautions = ("aml_not_signed",) if is_false else ()
    if said.point is None or not number:
        return AmlTaken(outcome="nowhere", remarks=(*said.remarks, *cautions))
    is_placed = await parts.aml.take(_located(said, number, cautions, parts.given.clock()))
    return AmlTaken(
        outcome="placed" if is_placed else "waiting", remarks=(*said.remarks, *cautions)
    )


def _located(
    said: aml.AmlMessage, number: str, cautions: tuple[str, ...], now: datetime
) -> Located:
    return Located(
        number=number,
        place=Place(
            source=PlaceSource.AML,
            point=said.point,
            radius_m=said.radius_m,
            uncertain=said.radius_m is None,
            cautions=cautions,
        ),
        measured_at=said.measured_at,
        heard_at=now,
    )


def _fields(request: AnyRequest, body: bytes) -> dict[str, str]:
    """A form, a JSON object of texts, or the bare text with the number in the query."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    query = {str(name): str(value) for name, value in request.query_params.items()}
    text = body.decode("utf-8", errors="replace")
    if kind == "application/json":
        return query | _object(text)
    if kind == "text/plain":
        return query | {"text": text}
    return query | dict(parse_qsl(text, keep_blank_values=True, max_num_fields=200))


def _object(text: str) -> dict[str, str]:
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {}
    return {name: str(value) for name, value in found.items() if isinstance(value, str | int)}
