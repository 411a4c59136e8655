"""Why somebody ended a call, from the Reason header (RFC 3326): `Q.850;cause=41;text="..."`.

Not what follows from it: that is for whoever knows what the call was.
"""

from __future__ import annotations

from msgspec import Struct

from kentongan.sip.errors import ParseError
from kentongan.sip.grammar import find_param, is_token, number, read_params, split, unquote

CAUSE_MAX = 999
"""Q.850 causes end at 127, SIP's status codes at 699."""

CAUSES_MAX = 8
"""Values read; a header has one for each protocol, and there are three."""


class Cause(Struct, frozen=True):
    """One value: `protocol` in capitals (`Q.850`, `SIP`), its code (None without), its words."""

    protocol: str
    code: int | None
    text: str


def read_causes(text: str) -> tuple[Cause, ...]:
    """What can be read of a header's value; the rest is no reason to treat a BYE otherwise."""
    try:
        values = split(text, ",")[:CAUSES_MAX]
    except ParseError:
        return ()
    found = (_find_cause(value) for value in values)
    return tuple(cause for cause in found if cause is not None)


def _find_cause(value: str) -> Cause | None:
    try:
        return _cause(value)
    except ParseError:
        return None


def _cause(value: str) -> Cause:
    protocol, *pieces = split(value, ";")
    if not is_token(protocol.strip()):
        raise ParseError("a Reason without a protocol")
    params = read_params(pieces)
    code = find_param(params, "cause")
    return Cause(
        protocol.strip().upper(),
        None if code is None else number(code, CAUSE_MAX, "cause"),
        unquote(find_param(params, "text") or ""),
    )
