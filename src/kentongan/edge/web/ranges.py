"""A range of octets that a request asks for (RFC 9110, section 14): one of them, or none.

Several ranges at once are not answered in parts: the whole is sent instead, as the RFC allows.
"""

import re
from typing import Final

from msgspec import Struct

_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z")


class Span(Struct, frozen=True):
    """Octets of a file, from `start` to before `stop`."""

    start: int
    stop: int


class Range(Struct, frozen=True):
    """What a Range header asks for: from an octet, to one (included), or the last so many."""

    first: int | None
    last: int | None

    def within(self, size: int) -> Span | None:
        """The span in a file of that size; None when there is nothing of it."""
        if self.first is None:
            return Span(size - min(self.last or 0, size), size) if self.last else None
        stop = size if self.last is None else min(self.last + 1, size)
        return Span(self.first, stop) if self.first < stop else None


def read_range(header: str | None) -> Range | None:
    """One range; None for no header, one that is none of octets, or that asks for several."""
    match = _RANGE.match((header or "").strip())
    if match is None or not (match[1] or match[2]):
        return None
    first, last = (int(part) if part else None for part in match.groups())
    is_backwards = first is not None and last is not None and last < first
    return None if is_backwards else Range(first, last)
