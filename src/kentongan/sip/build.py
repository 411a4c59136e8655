"""Messages we write: responses to a request, requests of a dialog, ACK and CANCEL.

Follows RFC 3261 sections 8.2.6 (responses), 12.2.1.1 (requests in a dialog), 17.1.1.3 (ACK of a
failure) and 9.1 (CANCEL). Only headers are put together here; nothing decides.
"""

from __future__ import annotations

import hashlib

from kentongan.sip.dialog import Dialog
from kentongan.sip.errors import ParseError
from kentongan.sip.fields import call_id_of, cseq_of, tagged
from kentongan.sip.grammar import wire
from kentongan.sip.hops import HOPS
from kentongan.sip.message import Field, Headers, Request, Response

MAX_FORWARDS = str(HOPS)
"""RFC 3261 section 8.1.1.6."""
REASONS = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    302: "Moved Temporarily",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    422: "Session Interval Too Small",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
}
ExtraHeaders = tuple[tuple[str, str], ...]


def reason_of(status: int) -> str:
    return REASONS.get(status, "Unknown")


def answer(
    request: Request,
    status: int,
    *,
    tag: str = "",
    reason: str | None = None,
    extra: ExtraHeaders = (),
    body: bytes = b"",
) -> Response:
    """A response to a checked request; `tag` is ours, left out of a 100 (section 8.2.6.2)."""
    fields = [
        Field(field.name, field.value)
        for field in request.headers.fields
        if field.name.lower() in {"via", "v"}
    ]
    if request.method == "INVITE" and 100 < status < 300:
        fields += [Field("Record-Route", v) for v in request.headers.list("record-route")]
    to = request.headers.find("to") or ""
    fields += [
        Field("From", request.headers.find("from") or ""),
        Field("To", tagged(to, tag) if tag and status > 100 else to),
        Field("Call-ID", call_id_of(request)),
        Field("CSeq", request.headers.find("cseq") or ""),
    ]
    if status == 100 and (stamp := request.headers.find("timestamp")):
        fields.append(Field("Timestamp", stamp))
    return Response(
        status,
        wire(reason_of(status) if reason is None else reason),
        Headers(tuple(fields)).added(*_clean(extra)),
        body,
    )


def answer_to_malformed(received: Headers, status: int, reason: str) -> Response | None:
    """A 4xx or 5xx to what could be read of a bad request; None without a Via to send it by."""
    if not received.find("via"):
        return None
    kept = [Field("Via", value) for value in received.list("via")]
    for name in ("From", "To", "Call-ID", "CSeq"):
        value = received.find(name)
        if value is not None:
            kept.append(Field(name, _with_tag(value, received) if name == "To" else value))
    return Response(
        status, reason_of(status), Headers(tuple(kept)).added(("Warning", _warn(reason)))
    )


def _with_tag(value: str, headers: Headers) -> str:
    try:
        return tagged(value, steady_tag(headers))
    except ParseError:
        return value


def _warn(reason: str) -> str:
    text = reason.replace("\\", "").replace('"', "'")
    return wire(f'399 kentongan "{text}"')


def steady_tag(headers: Headers) -> str:
    """A To tag for answers without memory: the same for each repeat (section 8.2.7)."""
    seed = "|".join(headers.find(name) or "" for name in ("via", "call-id", "cseq"))
    return hashlib.sha256(seed.encode("latin-1")).hexdigest()[:16]


def in_dialog(
    dialog: Dialog,
    method: str,
    via: str,
    *,
    extra: ExtraHeaders = (),
    body: bytes = b"",
) -> Request:
    """A request with the dialog's own number; an ACK repeats that of our last INVITE."""
    uri, routes = dialog.request_line_and_routes()
    number = dialog.invite_seq if method == "ACK" else dialog.local_seq
    headers = Headers().added(
        ("Via", via),
        ("Max-Forwards", MAX_FORWARDS),
        *(("Route", route) for route in routes),
        ("From", dialog.local),
        ("To", dialog.remote),
        ("Call-ID", dialog.call_id),
        ("CSeq", f"{number} {method}"),
        *_clean(extra),
    )
    return Request(method, uri, headers, body)


def ack_of_failure(invite: Request, response: Response) -> Request:
    """The ACK of a 3xx to 6xx: the INVITE's branch, URI and Route (section 17.1.1.3)."""
    to = response.headers.find("to") or ""
    return _follow_up(invite, "ACK", to)


def cancel_of(invite: Request) -> Request:
    """The CANCEL of our INVITE (section 9.1)."""
    return _follow_up(invite, "CANCEL", invite.headers.find("to") or "")


def _follow_up(invite: Request, method: str, to: str) -> Request:
    headers = Headers().added(
        ("Via", invite.headers.items("via")[0]),
        ("Max-Forwards", MAX_FORWARDS),
        *(("Route", route) for route in invite.headers.list("route")),
        ("From", invite.headers.find("from") or ""),
        ("To", to),
        ("Call-ID", call_id_of(invite)),
        ("CSeq", f"{cseq_of(invite).number} {method}"),
    )
    return Request(method, invite.uri, headers)


def _clean(extra: ExtraHeaders) -> ExtraHeaders:
    """Headers from the caller as wire text, without a line break that could end them."""
    return tuple((wire(name), wire(value)) for name, value in extra)
