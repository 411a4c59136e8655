"""A TCP or TLS connection cut into SIP messages (RFC 3261 section 18.3, RFC 5626 section 4.4.1).

Feed what was read; get whole messages, ready for `Stack.receive`, and keep-alive pings to answer
with CRLF. A stream whose framing is lost cannot be found again: `ParseError` means close it. The
buffer never holds more than one message of the largest size and what was just fed.
"""

from __future__ import annotations

import re
from enum import StrEnum

from kentongan.sip.errors import ParseError
from kentongan.sip.grammar import number
from kentongan.sip.parse import MESSAGE_BYTES_MAX

KEEP_ALIVE_ANSWER = b"\r\n"
"""What a ping is answered with (RFC 5626 section 3.5.1)."""
KEEP_ALIVE_BYTES = 4
"""Line breaks ahead of a message; more are no keep-alive and no message."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(
    rb"\n(?:content-length|l)[ \t]*:(?:[ \t]|\r?\n[ \t])*([^\r\n]*)", re.IGNORECASE
)


class KeepAlive(StrEnum):
    """A CRLF CRLF between messages."""

    PING = "ping"


class StreamParser:
    """One connection's octets. Once it has raised it is broken and raises again."""

    def __init__(self) -> None:
        self._buffer = b""
        self._searched = 0  # octets in which no end of header fields can begin
        self._wanted = 0  # octets without which nothing more can be complete
        self._fault: ParseError | None = None

    @property
    def is_broken(self) -> bool:
        """Whether framing is lost: handle what `feed` returned, then close the connection."""
        return self._fault is not None

    @property
    def has_begun(self) -> bool:
        """Whether a part of a message waits for the rest of it."""
        return bool(self._buffer.strip(b"\r\n"))

    def feed(self, data: bytes) -> list[bytes | KeepAlive]:
        """What became complete with these octets. Raises `ParseError`: close the connection."""
        self._buffer += data
        found: list[bytes | KeepAlive] = []
        while self._fault is None:
            item = self._next()
            if item is None:
                break
            found.append(item)
        if self._fault is not None and not found:
            raise self._fault
        return found

    def _next(self) -> bytes | KeepAlive | None:
        if len(self._buffer) < self._wanted:
            return None
        if self._buffer.startswith(b"\r\n\r\n"):
            self._buffer, self._searched = self._buffer[4:], 0
            return KeepAlive.PING
        head_start = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        if head_start > KEEP_ALIVE_BYTES or head_start == len(self._buffer):
            return self._keep(KEEP_ALIVE_BYTES)
        end = _HEAD_END.search(self._buffer, max(head_start, self._searched))
        if end is None:
            self._searched = max(0, len(self._buffer) - 3)
            return self._keep(MESSAGE_BYTES_MAX)
        try:
            length = self._body_length(self._buffer[head_start : end.start()])
        except ParseError as error:
            self._fault = error
            return None
        whole = end.end() + length
        if whole - head_start > MESSAGE_BYTES_MAX:
            self._fault = ParseError(f"message of more than {MESSAGE_BYTES_MAX} octets", None)
            return None
        if len(self._buffer) < whole:
            self._wanted = whole
            return None
        message, self._buffer = self._buffer[head_start:whole], self._buffer[whole:]
        self._searched = self._wanted = 0
        return message

    def _keep(self, most: int) -> None:
        """Wait for more, unless more than any message needs has come already."""
        if len(self._buffer) > most:
            self._fault = ParseError("no end of header fields on the stream", None)

    def _body_length(self, head: bytes) -> int:
        lengths = {match.strip(b" \t") for match in _LENGTH.findall(head)}
        if len(lengths) != 1:
            raise ParseError("a message on a stream needs one Content-Length", None)
        return number(lengths.pop().decode("latin-1"), MESSAGE_BYTES_MAX, "Content-Length")
