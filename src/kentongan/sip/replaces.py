"""Transfers on paper: Replaces, Refer-To, Referred-By and sipfrag (RFC 3891, 3515, 3892, 3420).

Reads and writes the header fields and bodies, and answers the one question of RFC 3891 section 3:
which call of ours a new one is to take over. Nothing here transfers anything.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct

from kentongan.sip.dialog import Dialog, Phase, dialog_id
from kentongan.sip.errors import ParseError
from kentongan.sip.fields import read_address
from kentongan.sip.grammar import find_param, read_params, split
from kentongan.sip.kept import Dialogs
from kentongan.sip.message import Request

SIPFRAG = "message/sipfrag;version=2.0"
"""The body type of a NOTIFY about a transfer (RFC 3515 section 2.4.5)."""
_WORD = r"[A-Za-z0-9\-.!%*_+`'~()<>:\\\"/\[\]?{}]+"
_REPLACES = re.compile(
    rf"(?=.{{1,512}}\Z){_WORD}(?:@{_WORD})?(?:;[A-Za-z\-]+(?:=[\w\-.!%*+`'~]+)?){{2,4}}"
)
"""What may stand in the Replaces that we are asked to call with (RFC 3891 section 6.1)."""
_STATUS = re.compile(rb"SIP/2\.0 +([1-6][0-9]{2})(?: ([^\r\n]*))?(?:\r?\n|\Z)", re.IGNORECASE)


class Replaced(Struct, frozen=True):
    """What a Replaces header names, as the side that receives it sees the dialog."""

    dialog: str
    is_early_only: bool


class Referral(Struct, frozen=True):
    """Where a REFER sends us: a URI without its headers, and the Replaces to go with it.

    `others` are the names of the other headers that it wants in the request.
    """

    target: str
    replaces: str
    others: tuple[str, ...] = ()


def read_replaces(request: Request) -> Replaced | None:
    """The one Replaces of an INVITE; None for none. Raises `ParseError` for a bad or second one."""
    fields = request.headers.list("replaces")
    if not fields:
        return None
    first, *others = fields
    if others:
        raise ParseError("more than one Replaces header field")
    call_id, *rest = split(first, ";")
    params = read_params(rest)
    ours, theirs = find_param(params, "to-tag"), find_param(params, "from-tag")
    if not call_id or ours is None or theirs is None:
        raise ParseError("Replaces that names no dialog")
    theirs = "" if theirs == "0" else theirs  # a peer of RFC 2543 has no tag (section 6.1)
    return Replaced(dialog_id(call_id, ours, theirs), find_param(params, "early-only") is not None)


def refuse_replaces(replaced: Replaced, dialogs: Dialogs) -> int | None:
    """The status that refuses to take over that call, or None (RFC 3891 section 3)."""
    found = dialogs.get(replaced.dialog)
    if found is None or (found.phase is Phase.EARLY and found.is_uas):
        return 481
    if found.phase is Phase.ENDING:
        return 603
    return 486 if replaced.is_early_only and found.phase is Phase.CONFIRMED else None


def replaces_of(dialog: Dialog) -> str:
    """The Replaces value with which a third party takes our place in this dialog."""
    to_tag, from_tag = dialog.remote_tag or "0", dialog.local_tag
    return f"{dialog.call_id};to-tag={to_tag};from-tag={from_tag}"


def refer_to(target: str, replaces: str = "") -> str:
    """A Refer-To value; Replaces goes into the URI, escaped (RFC 3515 section 2.1)."""
    header = f"?Replaces={quote(replaces, safe='')}" if replaces else ""
    return f"<{target}{header}>"


def read_referral(request: Request) -> Referral:
    """Where a REFER wants us. Raises `ParseError` unless there is exactly one Refer-To, with one
    Replaces at most, that names a dialog.
    """
    values = request.headers.items("refer-to")
    if len(values) != 1:
        raise ParseError("not exactly one Refer-To")
    uri, _, headers = read_address(values[0]).uri.partition("?")
    pairs = [pair.partition("=") for pair in headers.split("&") if pair]
    wanted = [value for name, _, value in pairs if name.lower() == "replaces"]
    others = tuple(name for name, _, _ in pairs if name.lower() != "replaces")
    if not wanted:
        return Referral(uri, "", others)
    replaces = unquote_to_bytes(wanted[0]).decode("latin-1")
    if len(wanted) > 1 or _REPLACES.fullmatch(replaces) is None:
        raise ParseError("Refer-To with an unreadable Replaces")
    return Referral(uri, replaces, others)


def wants_no_notices(request: Request) -> bool:
    """Whether a REFER asks not to be told how it goes on (RFC 4488 section 4)."""
    said = (request.headers.find("refer-sub") or "").partition(";")[0]
    return said.strip(" \t").lower() == "false"


def write_sipfrag(status: int, reason: str) -> bytes:
    """A status line as the body of a NOTIFY."""
    return f"SIP/2.0 {status} {reason}\r\n".encode("latin-1", "replace")


def read_sipfrag(body: bytes) -> int | None:
    """The status in the body of a NOTIFY; None where there is none."""
    found = _STATUS.match(body.lstrip())
    return int(found[1]) if found else None
