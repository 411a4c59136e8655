"""Recordings on a disk that is slow, full or missing."""

import errno
import os
import threading
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kentongan.media import segment
from kentongan.media.g711 import Samples
from kentongan.media.protocol import AnyEvent, Recorded, RecordingFailed, RecordingStarted
from kentongan.media.record import SECONDS_WAITING_MAX, Recorder, Recording, digest_file


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


def read(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """The samples of a recording, by side."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 2, 2)
        data = file.readframes(file.getnframes())
    return np.frombuffer(data, np.int16).reshape(-1, 2)


def test_a_recording_and_its_digest(
    tmp_path: Path, events: list[AnyEvent], recorder: Recorder
) -> None:
    """Every frame is in the file, the last unfinished second too, and the digest is the file's."""
    path = tmp_path / "new folder" / "call.wav"
    recording = recorder.begin("b", path)
    record(recording, 2, 1000)
    recording.add(None, level(-5))
    recording.close()
    recorder.close()
    sound = read(path)
    assert len(sound) == 16_160
    assert (sound[-160:] == (0, -5)).all()
    started, told = events
    assert isinstance(started, RecordingStarted)
    assert isinstance(told, Recorded)
    assert (told.sha256, told.seconds, told.bytes) == digest_file(path)


def test_nothing_is_overwritten(tmp_path: Path, events: list[AnyEvent], recorder: Recorder) -> None:
    """A name that exists is kept, and the new recording says what it is called instead."""
    path = tmp_path / "call.wav"
    path.write_bytes(b"evidence")
    recording = recorder.begin("b", path)
    record(recording, 1, 7)
    recording.close()
    recorder.close()
    assert path.read_bytes() == b"evidence"
    assert [each.file for each in events if isinstance(each, Recorded)] == [
        str(tmp_path / "call-2.wav")
    ]


def test_a_full_disk_costs_silence_not_the_file(
    tmp_path: Path,
    events: list[AnyEvent],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two seconds do not fit: told once; then the file goes on, with two seconds of silence."""
    path = tmp_path / "call.wav"
    recording = recorder.begin("b", path)
    record(recording, 1, 100)
    _wait_until(lambda: path.exists() and path.stat().st_size == 44 + 32_000)

    real = os.pwrite

    def half(file: int, data: bytes, position: int) -> int:
        if position > 44:
            real(file, data[:100], position)
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, data, position)

    monkeypatch.setattr(segment.os, "pwrite", half)
    record(recording, 2, 200)
    _wait_until(lambda: any(isinstance(each, RecordingFailed) for each in events))
    _wait_until(lambda: recorder._jobs.qsize() == 0)
    time.sleep(0.05)
    assert len(read(path)) == 8000
    monkeypatch.setattr(segment.os, "pwrite", real)
    record(recording, 1, 300)
    recording.close()
    recorder.close()
    sound = read(path)[:, 0]
    assert [int(sound[second * 8000 + 4000]) for second in range(4)] == [100, 0, 0, 300]
    kinds = [type(each) for each in events]
    assert kinds == [RecordingStarted, RecordingFailed, RecordingStarted, Recorded]
    assert digest_file(path)[0] == next(e.sha256 for e in events if isinstance(e, Recorded))


def test_a_missing_folder_may_come_later(
    tmp_path: Path, events: list[AnyEvent], recorder: Recorder
) -> None:
    """The recordings' disk is mounted during the call: from then on it is recorded."""
    folder = tmp_path / "disk"
    folder.write_bytes(b"a file where the folder should be")
    recording = recorder.begin("b", folder / "call.wav")
    record(recording, 1, 5)
    _wait_until(lambda: any(isinstance(each, RecordingFailed) for each in events))
    _wait_until(lambda: recorder._jobs.qsize() == 0)
    time.sleep(0.05)
    folder.unlink()
    record(recording, 1, 6)
    recording.close()
    recorder.close()
    sound = read(folder / "call.wav")[:, 0]
    assert (int(sound[4000]), int(sound[12_000])) == (0, 6)


def test_a_stalled_disk_never_stalls_the_tick(
    tmp_path: Path,
    events: list[AnyEvent],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk hangs beyond the queue: frames are still taken, the loss is told once."""
    released = threading.Event()
    real = os.pwrite

    def hang(file: int, data: bytes, position: int) -> int:
        released.wait(30)
        return real(file, data, position)

    monkeypatch.setattr(segment.os, "pwrite", hang)
    recording = recorder.begin("b", tmp_path / "call.wav")
    monkeypatch.setattr("kentongan.media.record.SECONDS_WAITING_MAX", 3)
    record(recording, 8, 9)
    assert [type(each) for each in events] == [RecordingFailed]
    released.set()
    _wait_until(lambda: recorder._jobs.qsize() == 0)
    record(recording, 1, 11)
    recording.close()
    recorder.close()
    sound = read(tmp_path / "call.wav")[:, 0]
    assert len(sound) == 9 * 8000
    assert int(sound[8 * 8000 + 4000]) == 11
    assert SECONDS_WAITING_MAX > 3


def _wait_until(is_so: object, seconds: float = 5.0) -> None:
    assert callable(is_so)
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
