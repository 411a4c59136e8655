"""Recordings on a disk that is slow, full or missing."""

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from media_sealed import KEY, sides_of

from kentongan.media import segment
from kentongan.media.g711 import Samples
from kentongan.media.protocol import AnyEvent, Recorded, RecordingFailed, RecordingStarted
from kentongan.media.record import SECONDS_WAITING_MAX, Recorder, Recording
from kentongan.media.seal import HEADER_SIZE, PIECE_EXTRA_BYTES, Sealer
from kentongan.media.seal_read import check_file
from kentongan.media.segment import Segment

SECOND_BYTES = 32_000 + PIECE_EXTRA_BYTES


@pytest.fixture
def events() -> list[AnyEvent]:
    """What the recorder told."""
    return []


@pytest.fixture
def recorder(events: list[AnyEvent]) -> Iterator[Recorder]:
    """A recorder that is closed at the end."""
    recorder = Recorder(events.append)
    yield recorder
    recorder.close()


def level(value: int) -> Samples:
    """A frame of one value."""
    return np.full(160, value, np.int32)


def record(recording: Recording, seconds: int, value: int) -> None:
    """So many seconds of a value on the left."""
    for _ in range(50 * seconds):
        recording.add(level(value), None)


def left_of(path: Path) -> list[int]:
    """What is heard on the left in the middle of each second."""
    left = sides_of(path)[:, 0]
    return [int(left[second * 8000 + 4000]) for second in range(len(left) // 8000)]


def told_in(events: list[AnyEvent]) -> Recorded:
    """The one segment that was closed."""
    (told,) = [each for each in events if isinstance(each, Recorded)]
    return told


def test_a_recording_and_its_digest(
    tmp_path: Path, events: list[AnyEvent], recorder: Recorder
) -> None:
    """Every frame is in the file, the last unfinished second too; the digests are the file's."""
    path = tmp_path / "new folder" / "call.rec"
    recording = recorder.begin("b", path, KEY)
    record(recording, 2, 1000)
    recording.add(None, level(-5))
    recording.close()
    recorder.close()
    sound = sides_of(path)
    assert len(sound) == 16_160
    assert (sound[-160:] == (0, -5)).all()
    started, told = events
    assert isinstance(started, RecordingStarted)
    assert isinstance(told, Recorded)
    reading = check_file(path, KEY)
    assert (told.sha256, told.chain) == (reading.sha256, reading.chain)
    assert (told.seconds, told.bytes) == (reading.seconds, reading.sound_bytes) == (2.02, 64_640)
    assert (told.key, told.lost_s) == (KEY.id, 0)


def test_nothing_is_overwritten(tmp_path: Path, events: list[AnyEvent], recorder: Recorder) -> None:
    """A name that exists is kept, and the new recording says what it is called instead."""
    path = tmp_path / "call.rec"
    path.write_bytes(b"evidence")
    recording = recorder.begin("b", path, KEY)
    record(recording, 1, 7)
    recording.close()
    recorder.close()
    assert path.read_bytes() == b"evidence"
    assert told_in(events).file == str(tmp_path / "call-2.rec")


def test_a_full_disk_costs_silence_not_the_file(
    tmp_path: Path,
    events: list[AnyEvent],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two seconds do not fit: told once; then the file goes on, with two seconds of silence.

    The silence takes no space: a disk that has just got a little is not filled with nothing.
    """
    path = tmp_path / "call.rec"
    recording = recorder.begin("b", path, KEY)
    record(recording, 1, 100)
    _wait_until(lambda: path.exists() and path.stat().st_size == HEADER_SIZE + SECOND_BYTES)

    real = os.pwrite

    def full(file: int, data: bytes, position: int) -> int:
        real(file, data[:100], position)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(segment.os, "pwrite", full)
    record(recording, 2, 200)
    _wait_until(lambda: any(isinstance(each, RecordingFailed) for each in events))
    _wait_until(lambda: recorder._jobs.qsize() == 0)
    time.sleep(0.05)
    assert left_of(path) == [100]
    monkeypatch.setattr(segment.os, "pwrite", real)
    record(recording, 1, 300)
    recording.close()
    recorder.close()
    assert left_of(path) == [100, 0, 0, 300]
    assert path.stat().st_size < HEADER_SIZE + 2 * SECOND_BYTES + 200
    kinds = [type(each) for each in events]
    assert kinds == [RecordingStarted, RecordingFailed, RecordingStarted, Recorded]
    assert [each.lost_s for each in events if isinstance(each, RecordingStarted)] == [0, 2]
    reading = check_file(path, KEY)
    assert (reading.sha256, reading.lost_s) == (told_in(events).sha256, 2)
    assert reading.missing == ((1, 3),)
    assert told_in(events).lost_s == 2


def test_a_disk_that_stays_full_leaves_a_file_that_can_be_digested(
    tmp_path: Path,
    events: list[AnyEvent],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No room even for the last word: what is told is what the file says, to its last second."""
    path = tmp_path / "call.rec"
    recording = recorder.begin("b", path, KEY)
    record(recording, 1, 100)
    _wait_until(lambda: path.exists() and path.stat().st_size == HEADER_SIZE + SECOND_BYTES)

    def full(file: int, data: bytes, position: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(segment.os, "pwrite", full)
    record(recording, 2, 200)
    recording.close()
    recorder.close()
    reading = check_file(path, KEY)
    told = told_in(events)
    assert (told.sha256, told.bytes, told.lost_s) == (reading.sha256, 32_000, 2)
    assert (reading.is_closed, reading.damaged_at_s) == (False, None)


def test_a_recording_of_which_nothing_could_be_written_leaves_no_file(
    tmp_path: Path,
    events: list[AnyEvent],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk is full from the first octet to the last: told as a failure, and no empty file."""

    def full(file: int, data: bytes, position: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(segment.os, "pwrite", full)
    recording = recorder.begin("b", tmp_path / "call.rec", KEY)
    record(recording, 1, 200)
    recording.close()
    recorder.close()
    assert [type(each) for each in events] == [RecordingFailed]
    assert list(tmp_path.iterdir()) == []


def test_a_failing_sync_costs_no_second(
    tmp_path: Path,
    events: list[AnyEvent],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was written and not synced is told, and not written a second time as silence."""

    def broken(file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(segment, "SYNC_SECONDS", 2)
    monkeypatch.setattr(segment.os, "fdatasync", broken)
    path = tmp_path / "call.rec"
    recording = recorder.begin("b", path, KEY)
    record(recording, 3, 5)
    _wait_until(lambda: any(isinstance(each, RecordingFailed) for each in events))
    _wait_until(lambda: recorder._jobs.qsize() == 0)
    monkeypatch.undo()
    recording.close()
    recorder.close()
    assert left_of(path) == [5, 5, 5]
    assert told_in(events).lost_s == 0


def test_a_fault_in_one_recording_is_that_ones_second(
    tmp_path: Path, events: list[AnyEvent], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No disk, a bug: told like one, that second is silence, and every recording goes on."""
    seal = Sealer.seal

    def broken(self: Sealer, number: int, second: int, data: bytes, nonce: bytes) -> bytes:
        if int.from_bytes(data[:2], "little") == 13:
            raise ArithmeticError("thirteen")
        return seal(self, number, second, data, nonce)

    monkeypatch.setattr(Sealer, "seal", broken)
    one = recorder.begin("one", tmp_path / "one.rec", KEY)
    other = recorder.begin("other", tmp_path / "other.rec", KEY)
    for value in (1, 13, 2):
        record(one, 1, value)
        record(other, 1, value + 100)
    one.close()
    other.close()
    recorder.close()
    assert left_of(tmp_path / "one.rec") == [1, 0, 2]
    assert left_of(tmp_path / "other.rec") == [101, 113, 102]
    failed = [each for each in events if isinstance(each, RecordingFailed)]
    assert [(each.bridge, each.reason) for each in failed] == [("one", "ArithmeticError: thirteen")]
    lost = {each.bridge: each.lost_s for each in events if isinstance(each, Recorded)}
    assert lost == {"one": 1, "other": 0}


def test_a_fault_beside_the_file_ends_no_thread(
    tmp_path: Path, events: list[AnyEvent], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a job raises: counted, told once per cause, and the next one is done."""
    close = Segment.close

    def broken(self: Segment, missing_bytes: int) -> None:
        if self.bridge.startswith("one"):
            raise KeyError("one")
        close(self, missing_bytes)

    monkeypatch.setattr(Segment, "close", broken)
    for name in ("one-1", "one-2", "other"):
        recording = recorder.begin(name, tmp_path / f"{name}.rec", KEY)
        record(recording, 1, 5)
        recording.close()
    assert recorder.close()
    assert recorder.faults == 2
    failed = [each.bridge for each in events if isinstance(each, RecordingFailed)]
    assert failed == ["one-1"]
    assert told_in(events).bridge == "other"


def test_a_missing_folder_may_come_later(
    tmp_path: Path, events: list[AnyEvent], recorder: Recorder
) -> None:
    """The recordings' disk is mounted during the call: from then on it is recorded."""
    folder = tmp_path / "disk"
    folder.write_bytes(b"a file where the folder should be")
    recording = recorder.begin("b", folder / "call.rec", KEY)
    record(recording, 1, 5)
    _wait_until(lambda: any(isinstance(each, RecordingFailed) for each in events))
    _wait_until(lambda: recorder._jobs.qsize() == 0)
    time.sleep(0.05)
    folder.unlink()
    record(recording, 1, 6)
    recording.close()
    recorder.close()
    assert left_of(folder / "call.rec") == [0, 6]


def test_a_stalled_disk_never_stalls_the_tick(
    tmp_path: Path,
    events: list[AnyEvent],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk hangs beyond the queue: frames are still taken, the loss is told and counted."""
    entered, released = threading.Event(), threading.Event()
    real = os.pwrite

    def hang(file: int, data: bytes, position: int) -> int:
        entered.set()
        released.wait(30)
        return real(file, data, position)

    monkeypatch.setattr(segment.os, "pwrite", hang)
    recording = recorder.begin("b", tmp_path / "call.rec", KEY)
    assert entered.wait(10)
    monkeypatch.setattr("kentongan.media.record.SECONDS_WAITING_MAX", 3)
    record(recording, 8, 9)
    assert [type(each) for each in events] == [RecordingFailed]
    released.set()
    _wait_until(lambda: recorder._jobs.qsize() == 0)
    record(recording, 1, 11)
    recording.close()
    recorder.close()
    heard = left_of(tmp_path / "call.rec")
    assert (len(heard), heard[-1]) == (9, 11)
    assert heard.count(0) == 9 - heard.count(9) - 1 > 0
    assert told_in(events).lost_s == heard.count(0)
    resumed = [each.lost_s for each in events if isinstance(each, RecordingStarted)]
    assert resumed == [0, heard.count(0)]
    assert SECONDS_WAITING_MAX > 3


def test_the_last_seconds_of_a_stalled_disk_are_counted(
    tmp_path: Path,
    events: list[AnyEvent],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was dropped right before the end is silence at the end, and told as lost."""
    entered, released = threading.Event(), threading.Event()
    real = os.pwrite

    def hang(file: int, data: bytes, position: int) -> int:
        entered.set()
        released.wait(30)
        return real(file, data, position)

    monkeypatch.setattr(segment.os, "pwrite", hang)
    recording = recorder.begin("b", tmp_path / "call.rec", KEY)
    assert entered.wait(10)
    monkeypatch.setattr("kentongan.media.record.SECONDS_WAITING_MAX", 2)
    record(recording, 6, 9)
    recording.close()
    released.set()
    recorder.close()
    heard = left_of(tmp_path / "call.rec")
    assert (len(heard), heard[-1]) == (6, 0)
    assert told_in(events).lost_s == heard.count(0)


def _wait_until(is_so: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
