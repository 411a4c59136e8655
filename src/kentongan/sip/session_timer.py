"""Session timers (RFC 4028): how long a call lives without a sign of life, and who gives it.

Pure rules over header fields; `renewal` acts on them. Two decisions of an emergency centre: we
refresh wherever the choice is ours, and a call for help is never refused for a bad interval; it
then has no timer.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip.build import ExtraHeaders
from kentongan.sip.dialog import Dialog
from kentongan.sip.errors import ParseError
from kentongan.sip.facts import tags_of
from kentongan.sip.grammar import find_param, number, read_params, split
from kentongan.sip.message import Message, Request, Response

TIMER = "timer"
"""The option tag of RFC 4028."""
SESSION_S = 1_800
"""The interval we ask for and cut longer ones to: the recommended one (section 4)."""
MIN_SESSION_S = 90
"""The shortest interval we accept: the shortest allowed (section 4)."""
MARGIN_S = 32.0
"""How long before the end a missed refresh is noticed, at most (section 10)."""
WAIT_S_MIN = 10.0
"""Between two refreshes of ours at least, however short an interval the peer's answer names."""
INTERVAL_S_MAX = 2**31 - 1
TOO_SMALL = 422
"""Status: Session Interval Too Small (section 6)."""


class Terms(Struct, frozen=True):
    """What both sides agreed to: interval in seconds, and whether it is us who refresh."""

    interval_s: int
    is_ours: bool


def read_expires(message: Message) -> tuple[int, str] | None:
    """Session-Expires: interval in seconds and `uac`, `uas` or ""; None for none or a bad one."""
    try:
        digits, *rest = split(message.headers.find("session-expires") or "", ";")
        refresher = (find_param(read_params(rest), "refresher") or "").lower()
        return number(digits, INTERVAL_S_MAX, "Session-Expires"), refresher
    except ParseError:
        return None


def read_min(message: Message) -> int:
    """Min-SE in seconds, 90 where there is none that can be read."""
    digits = (message.headers.find("min-se") or "").partition(";")[0].strip(" \t")
    try:
        return max(MIN_SESSION_S, number(digits, INTERVAL_S_MAX, "Min-SE"))
    except ParseError:
        return MIN_SESSION_S


def is_too_small(request: Request) -> bool:
    """Whether the request asks for an interval we refuse with 422 (section 9)."""
    asked = read_expires(request)
    return asked is not None and asked[0] < MIN_SESSION_S


def accepted(request: Request) -> Terms | None:
    """What we agree to as the side that was asked (section 9, table 2); None: no timer."""
    asked = read_expires(request)
    is_able = any(tag.lower() == TIMER for tag in tags_of(request, "supported"))
    if asked is None:
        return Terms(max(SESSION_S, read_min(request)), is_ours=True) if is_able else None
    if asked[0] < MIN_SESSION_S:
        return None
    interval = min(asked[0], max(SESSION_S, read_min(request)))
    return Terms(interval, is_ours=not (is_able and asked[1] == "uac"))


def answer_fields(terms: Terms) -> ExtraHeaders:
    """The header fields of our 2xx: `Require: timer` only where the peer has to act on it."""
    refresher = "uas" if terms.is_ours else "uac"
    field = ("Session-Expires", f"{terms.interval_s};refresher={refresher}")
    return (field,) if terms.is_ours else (field, ("Require", TIMER))


def agreed(response: Response) -> Terms | None:
    """What a 2xx to our request says (section 7.2); None: the peer has no timer."""
    found = read_expires(response)
    return None if found is None or not found[0] else Terms(found[0], is_ours=found[1] != "uas")


def first_fields(session_s: int, min_s: int = MIN_SESSION_S) -> ExtraHeaders:
    """The header fields of an INVITE that opens a call: we offer to refresh (section 7.1)."""
    if not session_s:
        return ()
    asked = ("Session-Expires", f"{max(session_s, min_s)};refresher=uac")
    return (asked, ("Min-SE", str(min_s))) if min_s > MIN_SESSION_S else (asked,)


def request_fields(dialog: Dialog) -> ExtraHeaders:
    """The header fields of an INVITE or UPDATE within a call that has a timer (section 7.4)."""
    if not dialog.session_s:
        return ()
    refresher = "uac" if dialog.is_refresher else "uas"
    asked = ("Session-Expires", f"{dialog.session_s};refresher={refresher}")
    if dialog.min_session_s <= MIN_SESSION_S:
        return (asked,)
    return (asked, ("Min-SE", str(dialog.min_session_s)))


def with_terms(dialog: Dialog, terms: Terms | None) -> Dialog:
    """The dialog under these terms."""
    if terms is None:
        return replace(dialog, session_s=0, is_refresher=False)
    return replace(dialog, session_s=terms.interval_s, is_refresher=terms.is_ours)


def wait_s(dialog: Dialog) -> float:
    """Until we refresh (half the interval), or notice that the peer did not (section 10)."""
    if dialog.is_refresher:
        return max(WAIT_S_MIN, dialog.session_s / 2)
    return max(WAIT_S_MIN, dialog.session_s - min(MARGIN_S, dialog.session_s / 3))
