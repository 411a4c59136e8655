"""What the switch says of the caller's sound."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.words import CallId


class MarkUnheard(Struct, frozen=True, kw_only=True, tag="call.mark_unheard"):
    """No sound has come from the caller `since` then (UTC); None: it comes again."""

    call: CallId
    since: datetime | None


HearingCommand = MarkUnheard
