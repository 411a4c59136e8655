"""What can go wrong inside `sip`: one error, for octets that are not a SIP message.

It carries all a stack needs to answer: the status to send, and the header fields read before the
fault was found. `status` is None where nothing may be answered (a bad response, an ACK, noise).
No other exception leaves this package for any input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kentongan.sip.message import Headers


class ParseError(Exception):
    """Octets from outside that break the grammar of RFC 3261 section 25 or one of our limits."""

    def __init__(
        self,
        reason: str,
        status: int | None = 400,
        *,
        method: str = "",
        headers: Headers | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.method = method
        self.headers = headers
