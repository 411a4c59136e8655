"""A request of ours outside any dialog, as the switch wants it: REGISTER, OPTIONS, a new INVITE."""

from __future__ import annotations

from msgspec import Struct


class Outside(Struct, frozen=True, kw_only=True):
    """What to send. Texts are ours, not wire text.

    Without `from_uri` our Contact is the sender, without `to_uri` the target is meant. A
    registration goes on with its `call_id` and the next `cseq`; "" draws a new Call-ID.
    `headers` may hold a Contact and a Max-Forwards of their own.
    """

    method: str
    target: str
    from_uri: str = ""
    to_uri: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str = "text/plain"
    call_id: str = ""
    cseq: int = 1
