"""The operators' AML messages: the position that a telephone sends by itself when 112 is dialled.

An operator's server brings them and proves itself by a word; whoever guesses it is counted and shut
out, and not the server that has once been right. The number stands in the body or in a header: an
address with it in its query would be in the log of every proxy on the way.
"""

import hmac
from base64 import b64decode
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from kentongan import aml
from kentongan.core.words import Place, PlaceSource
from kentongan.edge.web.aml_calls import Located
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.caller_bodies import AmlTaken
from kentongan.edge.web.caller_guesses import GUESSES_WITHIN, Guesses
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem

AML: Final = "/api/aml"
"""Where an operator's server brings AML messages; it proves itself by a word, not by a page."""

BODY_BYTES_MAX: Final = 16_000
"""An AML message has 2 kB."""

SENDER_HEADERS: Final = ("x-from", "x-kannel-from")
"""Who sent a bare text: ours, and what the gateway Kannel calls it."""

IN_ADDRESS: Final = "number_in_address"
"""Remark: the number came in the query. It is taken, for the caller's sake, and somebody is told to
put the gateway right."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The one address."""
    guesses = Guesses()

    @post(AML, request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def message(request: AnyRequest) -> Response[bytes]:
        _check_operator(parts, guesses, request)
        return as_json(await _take(parts, request, await request.body()))

    return [message]


def _check_operator(parts: Parts, guesses: Guesses, request: AnyRequest) -> None:
    """The operator's server proves itself: Bearer, or the password of Basic. A word is counted
    before it is compared, so that who has guessed too often learns no more."""
    secret = parts.given.aml_secret
    if not secret:
        raise Problem(404, "not_found")
    kind, _, said = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        said = _password(said)
    word = said.strip().encode()
    address = request.client.host if request.client is not None else ""
    digest = sha256(word).hexdigest()
    if not guesses.may_look(address, digest, parts.given.clock()):
        wait_s = int(GUESSES_WITHIN.total_seconds())
        raise Problem(429, "too_many_attempts", wait_s=str(wait_s))
    if not hmac.compare_digest(word, secret.encode()):
        raise Problem(401, "not_signed_in")
    guesses.was_right(address, digest)


def _password(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode("utf-8").partition(":")[2]
    except ValueError:
        return ""


async def _take(parts: Parts, request: AnyRequest, body: bytes) -> AmlTaken:
    """Whatever comes is answered as taken: a telephone's message is never sent again."""
    fields = _fields(request, body)
    noted = (IN_ADDRESS,) if request.query_params else ()
    try:
        text = fields.get("text") or fields.get("message")
        said = aml.read_text(text) if text else aml.read_form(fields)
    except aml.AmlUnreadableError:
        return AmlTaken(outcome="unreadable", remarks=noted)
    number = said.number or fields.get("from", "") or fields.get("number", "")
    key = parts.given.aml_hmac_key
    is_false = bool(key) and not aml.is_signed(body, key.encode())
    cautions = ("aml_not_signed",) if is_false else ()
    remarks = (*said.remarks, *cautions, *noted)
    if said.point is None or not number:
        return AmlTaken(outcome="nowhere", remarks=remarks)
    is_placed = await parts.aml.take(_located(said, number, cautions, parts.given.clock()))
    return AmlTaken(outcome="placed" if is_placed else "waiting", remarks=remarks)


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
    """A form, a JSON object of texts, or the bare text with the number in a header."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    query = {str(name): str(value) for name, value in request.query_params.items()}
    text = body.decode("utf-8", errors="replace")
    if kind == "application/json":
        return query | _object(text)
    if kind == "text/plain":
        sender = next((said for one in SENDER_HEADERS if (said := request.headers.get(one))), None)
        return query | ({"from": sender} if sender else {}) | {"text": text}
    return query | dict(parse_qsl(text, keep_blank_values=True, max_num_fields=200))


def _object(text: str) -> dict[str, str]:
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {}
    return {name: str(value) for name, value in found.items() if isinstance(value, str | int)}
