"""A recording as a WAV file over HTTP: the header made up, the sound opened piece by piece.

A range of octets (RFC 9110, section 14) is answered from the same made-up file, so that a player
can go back and forth. Sound is in the clear here only, in memory, on its way to one listener.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from itertools import islice
from typing import Final

from kentongan.edge.web.ranges import Span
from kentongan.edge.web.tickets import Sound
from kentongan.media.seal_read import SealedRecording
from kentongan.media.stereo import HEADER_BYTES, wav_header

SECONDS_AT_ONCE: Final = 20
"""Sound opened per trip to a thread: 640 kB."""


def size_of(sound: Sound) -> int:
    """The WAV file's length in octets."""
    return HEADER_BYTES + sound.good_bytes


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
