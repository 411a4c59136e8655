"""Recordings: two channels per call, sealed and written by a thread behind a bounded queue.

Left is the citizen, right everybody else who talks; nobody can pause it. The tick only fills a
second in memory and hands it over; it never waits for a disk, and sound never lies on one in the
clear (`seal`). After `kill -9` a file is good up to its last written second. When the disk is full
or gone the call goes on, one event says so, and the file continues as soon as it can, with silence
for what is missing, so that its seconds stay the seconds of the call.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, assert_never

import numpy as np
from msgspec import Struct

from kentongan.media.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples
from kentongan.media.protocol import AnyEvent, RecordingFailed
from kentongan.media.seal_keys import SegmentKey
from kentongan.media.segment import Segment

SECONDS_WAITING_MAX: Final = (
    2400  # 80 calls for 30 s, 77 MB: longer is not a slow disk but a dead one
)
CAUSES_MAX: Final = 100  # causes of faults told of; each once
CLOSE_WAIT_S: Final = 10.0  # at the end of the process
_SECOND_FRAMES: Final = SAMPLE_RATE_HZ // FRAME_SAMPLES


class _Open(Struct, frozen=True):
    segment: Segment


class _Write(Struct, frozen=True):
    segment: Segment
    data: bytes
    missing_bytes: int


class _Close(Struct, frozen=True):
    segment: Segment
    missing_bytes: int


_log: Final = logging.getLogger(__name__)

_Job = _Open | _Write | _Close | None


class Recorder:
    """The thread that writes all recordings of the process."""

    def __init__(self, report: Callable[[AnyEvent], None]) -> None:
        """`report` is called from the thread."""
        self.faults = 0
        self._causes: set[str] = set()
        self._report = report
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def begin(self, bridge: str, path: Path, key: SegmentKey) -> "Recording":
        """A new recording; the file is made by the thread, beside an older one of the same name."""
        segment = Segment(bridge, path, key, self._report)
        self._jobs.put(_Open(segment))
        return Recording(self, segment)

    def write(self, segment: Segment, data: bytes, missing_bytes: int) -> bool:
        """Hand data over; false if the disk is so far behind that it had to be dropped."""
        if self._jobs.qsize() >= SECONDS_WAITING_MAX:
            return False
        self._jobs.put(_Write(segment, data, missing_bytes))
        return True

    def finish(self, segment: Segment, missing_bytes: int) -> None:
        """Close a recording after everything that was handed over before."""
        self._jobs.put(_Close(segment, missing_bytes))

    def note_failure(self, segment: Segment) -> None:
        """Say at once that a recording is losing sound, though its thread hangs."""
        self._report(
            RecordingFailed(
                bridge=segment.bridge, file=str(segment.path), reason="the disk is too slow"
            )
        )

    def close(self) -> bool:
        """Write what is waiting and end the thread; false if the disk did not let it."""
        self._jobs.put(None)
        self._thread.join(CLOSE_WAIT_S)
        return not self._thread.is_alive()

    def _work(self) -> None:
        """A bug that shows with one recording ends that one's second, and nobody's recording."""
        while (job := self._jobs.get()) is not None:
            try:
                _do(job)
            except Exception as error:  # noqa: BLE001 -- outermost: the thread is everybody's
                self._note_fault(job, error)

    def _note_fault(self, job: "_Open | _Write | _Close", error: Exception) -> None:
        self.faults += 1
        cause = f"{type(job).__name__}: {type(error).__name__}: {error}"
        if cause in self._causes or len(self._causes) >= CAUSES_MAX:
            return
        self._causes.add(cause)
        _log.error("a fault while recording %s", job.segment.path, exc_info=error)
        with contextlib.suppress(Exception):  # the report itself may be what is broken
            self._report(
                RecordingFailed(bridge=job.segment.bridge, file=str(job.segment.path), reason=cause)
            )


def _do(job: "_Open | _Write | _Close") -> None:
    match job:
        case _Open(segment):
            segment.open()
        case _Write(segment, data, missing_bytes):
            segment.write(data, missing_bytes)
        case _Close(segment, missing_bytes):
            segment.close(missing_bytes)
        case _:
            assert_never(job)


class Recording:
    """One call's recording, as the tick sees it."""

    __slots__ = ("_fill", "_missing_bytes", "_recorder", "_second", "_segment")

    def __init__(self, recorder: Recorder, segment: Segment) -> None:
        self._recorder = recorder
        self._segment = segment
        self._second = np.zeros((SAMPLE_RATE_HZ, 2), "<i2")
        self._fill = 0
        self._missing_bytes = 0

    @property
    def file(self) -> str:
        """The file that was asked for, or the one beside it once the thread has chosen it."""
        return str(self._segment.path)

    def add(self, left: Samples | None, right: Samples | None) -> None:
        """One frame of both channels, within 16 bits; none is silence."""
        rows = self._second[self._fill * FRAME_SAMPLES : (self._fill + 1) * FRAME_SAMPLES]
        rows[:, 0] = 0 if left is None else left
        rows[:, 1] = 0 if right is None else right
        self._fill += 1
        if self._fill == _SECOND_FRAMES:
            self._hand_over()

    def close(self) -> None:
        """Hand over what is left; the digest follows as an event."""
        if self._fill:
            self._hand_over()
        self._recorder.finish(self._segment, self._missing_bytes)

    def _hand_over(self) -> None:
        data = self._second[: self._fill * FRAME_SAMPLES].tobytes()
        self._fill = 0
        if self._recorder.write(self._segment, data, self._missing_bytes):
            self._missing_bytes = 0
            return
        if not self._missing_bytes:
            self._recorder.note_failure(self._segment)
        self._missing_bytes += len(data)
