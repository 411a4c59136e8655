"""A recording as a WAV file over HTTP: the header made up, the sound opened piece by piece.

A range of octets (RFC 9110, section 14) is answered from the same made-up file, so that a player
can go back and forth. Sound is in the clear here only, in memory, on its way to one listener.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from itertools import islice
from typing import Final

from msgspec import Struct

from kentongan.edge.web.tickets import Sound
from kentongan.media.seal_read import SealedRecording
from kentongan.media.stereo import HEADER_BYTES, wav_header

SECONDS_AT_ONCE: Final = 20
"""Sound opened per trip to a thread: 640 kB."""

_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z")


class Span(Struct, frozen=True):
    """Octets of the WAV file, from `start` to before `stop`."""

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


def size_of(sound: Sound) -> int:
    """The WAV file's length in octets."""
    return HEADER_BYTES + sound.good_bytes


def read_range(header: str | None) -> Range | None:
    """One range; None for no header, one that is none of octets, or that asks for several."""
    match = _RANGE.match((header or "").strip())
    if match is None or not (match[1] or match[2]):
        return None
    first, last = (int(part) if part else None for part in match.groups())
    is_backwards = first is not None and last is not None and last < first
    return None if is_backwards else Range(first, last)


async def stream(recording: SealedRecording, sound: Sound, span: Span) -> AsyncGenerator[bytes]:
    """The octets of a span; closes the recording. `Damaged` ends it early."""
    try:
        if span.start < HEADER_BYTES:
            yield wav_header(sound.good_bytes, sound.rate_hz)[span.start : span.stop]
        pieces = recording.pieces(max(span.start - HEADER_BYTES, 0), span.stop - HEADER_BYTES)
        while some := await asyncio.to_thread(_some, pieces):
            yield some
    finally:
        recording.close()


def _some(pieces: Iterator[bytes]) -> bytes:
    return b"".join(islice(pieces, SECONDS_AT_ONCE))
