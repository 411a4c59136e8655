"""Reading sealed recordings, also those that are still being written or whose writer was killed.

A reader shows the file as it was when it was opened. Where a piece is missing the call is silent,
because the disk did not take that second. What was changed is found when it is read: everything
before it is still good, nothing after it is taken for granted.
"""

import os
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from msgspec import Struct

from kentongan.media.seal import (
    END,
    END_SIZE,
    FRAME_SIZE,
    HEADER_SIZE,
    PIECE_EXTRA_BYTES,
    SOUND,
    Digest,
    End,
    Sealer,
    SealError,
    read_frame,
    read_header,
)
from kentongan.media.seal_keys import SegmentKey
from kentongan.media.stereo import SOUND_BYTES_MAX

SPANS_MAX: Final = 100
"""Silent spans told of one recording."""


class Damaged(SealError):  # noqa: N818 - a state of the file, named like one
    """From this second on the recording is not what was written."""

    def __init__(self, second: int) -> None:
        super().__init__(f"damaged from second {second} on")
        self.second = second


class Reading(Struct, frozen=True, kw_only=True):
    """What a recording turned out to be; digests are of the sound up to `damaged_at_s`, if set.

    `missing`: spans from second to second that the disk did not take, the first `SPANS_MAX`.
    """

    key_id: str
    sha256: str
    chain: str
    sound_bytes: int
    seconds: float
    lost_s: float
    is_closed: bool
    damaged_at_s: int | None
    missing: tuple[tuple[int, int], ...] = ()


class SealedRecording:
    """An open file; `OSError` when it cannot be read, `SealError` when it is none of ours."""

    def __init__(self, path: Path, key: SegmentKey) -> None:
        self._file: Final = os.open(path, os.O_RDONLY)
        try:
            first = os.pread(self._file, HEADER_SIZE, 0)
            self.header: Final = read_header(first)
            if self.header.key_id != key.id:
                raise SealError("it was sealed with another key")
            self._sealer: Final = Sealer(key.secret, first)
            self._seconds: list[int] = []  # of each piece, in order
            self._last_bytes = 0  # sound in the last piece
            self.end: End | None = None
            self.damaged_at_s: int | None = None
            """Where the pieces stop to follow each other; what is inside is proven by reading."""
            self._survey(os.fstat(self._file).st_size)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        os.close(self._file)

    @property
    def sound_bytes(self) -> int:
        """Octets of sound, silence for lost seconds included."""
        if self.end is not None:
            return self.end.sound_bytes
        if not self._seconds:
            return 0
        return self._seconds[-1] * self.header.second_bytes + self._last_bytes

    def read(self, start: int, count: int) -> bytes:
        """At most so many octets of sound from there, never beyond one second's end.

        Empty at the end. Raises `Damaged` when that second is not what was written.
        """
        second, offset = divmod(start, self.header.second_bytes)
        left = min(count, self.sound_bytes - start)
        return self._second(second)[offset : offset + left] if left > 0 else b""

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The sound between two octets, second by second; raises `Damaged` on the way."""
        stop = self.sound_bytes if stop is None else min(stop, self.sound_bytes)
        while start < stop and (piece := self.read(start, stop - start)):
            yield piece
            start += len(piece)
        if self.damaged_at_s is not None and start >= self.sound_bytes:
            raise Damaged(self.damaged_at_s)

    def check(self) -> Reading:
        """Read everything: both digests, and where it is damaged."""
        digest, damaged_at_s = Digest(), None
        try:
            for piece in self.pieces():
                digest.add(piece)
        except Damaged as damage:
            damaged_at_s = damage.second
        told, missing = self.end, self._missing()
        if damaged_at_s is None and told is not None and not _agrees(told, digest):
            damaged_at_s = digest.sound_bytes // self.header.second_bytes
        return Reading(
            key_id=self.header.key_id,
            sha256=digest.sha256.hex(),
            chain=digest.chain.hex(),
            sound_bytes=digest.sound_bytes,
            seconds=digest.sound_bytes / self.header.second_bytes,
            lost_s=(
                float(sum(stop - start for start, stop in missing))
                if told is None
                else told.lost_bytes / self.header.second_bytes
            ),
            is_closed=told is not None,
            damaged_at_s=damaged_at_s,
            missing=missing[:SPANS_MAX],
        )

    def _missing(self) -> tuple[tuple[int, int], ...]:
        """Where no piece has the sound, in seconds from the beginning."""
        stop = -(-self.sound_bytes // self.header.second_bytes)
        starts = (0, *(second + 1 for second in self._seconds))
        stops = (*self._seconds, stop)
        return tuple(span for span in zip(starts, stops, strict=True) if span[0] < span[1])

    def _second(self, second: int) -> bytes:
        """The sound of a second; silence where no piece has it."""
        whole = self.header.second_bytes
        place = bisect_right(self._seconds, second) - 1
        if place < 0 or self._seconds[place] != second:
            return bytes(whole)
        is_last = place == len(self._seconds) - 1
        length = self._last_bytes if is_last else whole
        octets = os.pread(self._file, length + PIECE_EXTRA_BYTES, self._offset(place))
        try:
            sound = self._sealer.open(octets)
        except SealError as error:
            raise Damaged(second) from error
        return sound.ljust(whole, b"\0")

    def _offset(self, ordinal: int) -> int:
        return HEADER_SIZE + ordinal * self.header.piece_bytes

    def _survey(self, size: int) -> None:
        """Read the frames: which second each piece is, and whether the file was closed."""
        whole, ordinal, next_second = self.header.second_bytes, 0, 0
        offset = HEADER_SIZE
        while offset + FRAME_SIZE <= size and self.end is None:
            frame = read_frame(os.pread(self._file, FRAME_SIZE, offset))
            next_offset = offset + PIECE_EXTRA_BYTES + frame.sound_bytes
            follows = frame.ordinal == ordinal and frame.second >= next_second
            is_end = frame.kind == END and frame.sound_bytes == END_SIZE - PIECE_EXTRA_BYTES
            is_sound = (
                frame.kind == SOUND
                and 0 < frame.sound_bytes <= whole
                and frame.second * whole < SOUND_BYTES_MAX
            )
            is_cut = bool(self._seconds) and self._last_bytes < whole  # nothing but the end follows
            if not follows or not (is_end or (is_sound and not is_cut)):
                self.damaged_at_s = next_second
                return
            if next_offset > size:
                return  # the writer was killed while it wrote this
            if is_end:
                self._take_end(offset, next_offset, size, next_second)
                return
            self._seconds.append(frame.second)
            self._last_bytes = frame.sound_bytes
            ordinal, next_second, offset = ordinal + 1, frame.second + 1, next_offset

    def _take_end(self, offset: int, stop: int, size: int, next_second: int) -> None:
        try:
            end = self._sealer.open_end(os.pread(self._file, stop - offset, offset))
        except SealError:
            self.damaged_at_s = next_second
            return
        if stop != size:
            self.damaged_at_s = next_second  # nothing comes after the last word
        self.end = end


def _agrees(end: End, digest: Digest) -> bool:
    return (end.sha256, end.chain, end.sound_bytes) == (
        digest.sha256,
        digest.chain,
        digest.sound_bytes,
    )


def check_file(path: Path, key: SegmentKey) -> Reading:
    """Read a whole recording; `OSError` or `SealError` when there is none."""
    with SealedRecording(path, key) as recording:
        return recording.check()
