"""What can happen to a caller's sound while somebody of ours is there to hear it."""

from datetime import datetime

from msgspec import Struct


class CallerUnheard(Struct, frozen=True, kw_only=True, tag="call.caller_unheard"):
    """No sound has come from the caller since then (UTC)."""

    since: datetime


class CallerHeard(Struct, frozen=True, kw_only=True, tag="call.caller_heard"):
    """Sound comes from the caller again."""


HearingEvent = CallerUnheard | CallerHeard
