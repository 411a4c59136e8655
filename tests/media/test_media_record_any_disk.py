"""A recording's file on a disk that fails now and then, in any order."""

import errno
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_sealed import KEY, sides_of

from kentongan.media import segment
from kentongan.media.protocol import AnyEvent, Recorded
from kentongan.media.seal_read import check_file


@settings(max_examples=60, deadline=None)
@given(
    seconds=st.lists(st.sampled_from(["ok", "full", "torn", "dropped"]), max_size=12),
    last=st.sampled_from(["ok", "full"]),
    tail_bytes=st.sampled_from([0, 4, 640, 31_996]),
)
def test_whatever_the_disk_does_the_file_is_what_is_told(
    tmp_path_factory: pytest.TempPathFactory, seconds: list[str], last: str, tail_bytes: int
) -> None:
    """Seconds written, refused, torn in the middle or dropped before the disk, in any order.

    The file holds exactly those that were taken, at their place; digests, length and loss are told
    as they can be read; and what could not be closed is the same without the silence at its end.
    """
    path = tmp_path_factory.mktemp("any") / "call.rec"
    told: list[AnyEvent] = []
    disk = "ok"
    real = os.pwrite

    def pwrite(file: int, data: bytes, position: int) -> int:
        if disk == "torn":
            real(file, data[: len(data) // 2], position)
        if disk != "ok":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, data, position)

    expected: list[bytes] = []
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(segment.os, "pwrite", pwrite)
        written = segment.Segment("b", path, KEY, told.append)
        written.open()
        dropped = 0
        for number, what in enumerate(seconds):
            sound = bytes([number + 1]) * 32_000
            if what == "dropped":
                dropped += len(sound)
                expected.append(bytes(32_000))
                continue
            disk = what
            written.write(sound, dropped)
            dropped = 0
            expected.append(sound if what == "ok" else bytes(32_000))
        disk = "ok"
        if tail_bytes:
            written.write(b"\7" * tail_bytes, dropped)
            expected.append(b"\7" * tail_bytes)
            dropped = 0
        disk = last
        written.close(dropped)
    (told_end,) = [each for each in told if isinstance(each, Recorded)]
    reading = check_file(path, KEY)
    sound = b"".join(expected)
    if last != "ok":
        while expected and not any(expected[-1]):
            expected.pop()
        sound = b"".join(expected)
    assert reading.damaged_at_s is None
    assert reading.is_closed == (last == "ok")
    assert sides_of(path).tobytes() == sound
    assert (told_end.sha256, told_end.chain) == (reading.sha256, reading.chain)
    assert told_end.bytes == reading.sound_bytes == len(sound)
    assert told_end.lost_s == sum(what != "ok" for what in seconds)
