"""Answers that are no: each has a status, a reason key and words in both languages, never a trace.

`Refused`, `Busy` and `Unavailable` come from the parts below; `Problem` is what this folder itself
has to say (not signed in, not permitted, unreadable). Anything else is a bug: it is logged and the
asker is told so, without details.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import MediaType, Response
from litestar.exceptions import HTTPException
from msgspec import Struct

from kentongan.app.handle import Busy
from kentongan.app.ports import Unavailable
from kentongan.core.words import Refused
from kentongan.edge.web.answers import AnyRequest
from kentongan.edge.web.lanes import Overfull
from kentongan.edge.web.messages import Message, message
from kentongan.edge.web.switch_client import SwitchAway, SwitchFailed

_log = logging.getLogger(__name__)

_FIELD = re.compile(r" - at `([^`]*)`$")
"""Where in a body the decoder stopped, as the last words of its English."""

_OF_STATUS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
}


class Refusal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer that is no. `outcome` is set for commands: refused, busy, unavailable."""

    reason: str
    message: Message
    details: Mapping[str, str] = {}
    outcome: str | None = None


class Problem(Exception):  # noqa: N818 - an answer, not an error
    """This folder's own no."""

    def __init__(self, status: int, reason: str, **details: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.details = details


def refusal(
    status: int, reason: str, details: Mapping[str, str], outcome: str | None = None
) -> Response[bytes]:
    """The answer with both languages."""
    body = Refusal(
        reason=reason, message=message(reason, details), details=dict(details), outcome=outcome
    )
    headers = {"Cache-Control": "no-store"}
    if "wait_s" in details:
        headers["Retry-After"] = details["wait_s"]
    return Response(
        msgspec.json.encode(body), status_code=status, media_type=MediaType.JSON, headers=headers
    )


_STATUS: Final[Mapping[str, int]] = {
    "not_permitted": 403,
    "offer_unreadable": 400,
    "too_many_lines": 429,
}
"""Statuses of refusals that are no conflict with what is on record."""


def on_problem(_request: AnyRequest, problem: Problem) -> Response[bytes]:
    """Our own no."""
    return refusal(problem.status, problem.reason, problem.details)


def on_refused(_request: AnyRequest, refused: Refused) -> Response[bytes]:
    """The domain says no: 409, unless HTTP has a better word for it."""
    status = _STATUS.get(refused.reason, 409)
    return refusal(status, refused.reason, refused.details, "refused")


def on_busy(_request: AnyRequest, _busy: Busy | Overfull) -> Response[bytes]:
    """Others kept changing the stream, or too much is waiting; the same id may be sent again."""
    return refusal(503, "busy", {}, "busy")


def on_unavailable(_request: AnyRequest, away: Unavailable) -> Response[bytes]:
    """The store is away."""
    return refusal(503, "store_away", {"who": away.who}, "unavailable")


def on_switch_away(_request: AnyRequest, _away: SwitchAway) -> Response[bytes]:
    """The switch is away; its calls and their audio go on without it."""
    return refusal(503, "switch_away", {}, "unavailable")


def on_switch_failed(_request: AnyRequest, failed: SwitchFailed) -> Response[bytes]:
    """The switch is there and could not do it now."""
    return refusal(503, "switch_failed", {"why": failed.why}, "unavailable")


def on_unreadable(_request: AnyRequest, error: msgspec.DecodeError) -> Response[bytes]:
    """The body is not what it should be; `where` names the field, `fault` is for programmers."""
    if isinstance(error, msgspec.ValidationError):
        text = str(error)[:300]
        found = _FIELD.search(text)
        where = found[1].removeprefix("$").removeprefix(".") if found else ""
        return refusal(400, "body_invalid", {"where": where or "JSON", "fault": text})
    return refusal(400, "body_not_json", {})


def on_http(_request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """What the framework refuses."""
    reason = _OF_STATUS.get(error.status_code, "bad_request")
    if error.status_code >= 500:
        return on_bug(_request, error)
    return refusal(error.status_code, reason, {})


def on_bug(request: AnyRequest, error: Exception) -> Response[bytes]:
    """A bug: logged with its trace, told without it."""
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return refusal(500, "internal", {})


HANDLERS: Any = {
    Problem: on_problem,
    Refused: on_refused,
    Busy: on_busy,
    Overfull: on_busy,
    Unavailable: on_unavailable,
    SwitchAway: on_switch_away,
    SwitchFailed: on_switch_failed,
    msgspec.DecodeError: on_unreadable,
    HTTPException: on_http,
    Exception: on_bug,
}
