"""One recording on disk: its file, its header, its running digest. Used by the recorder's thread.

Data is written before the header that counts it, so the header never promises what is not there.
A failure is told once, not each second; the file is cut back to its last good byte and tried
again.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kentongan.media.protocol import AnyEvent, Recorded, RecordingFailed, RecordingStarted
from kentongan.media.wav import (
    DATA_BYTES_MAX,
    HEADER_BYTES,
    STEREO_BYTES_PER_S,
    stereo_header,
)

NAMES_MAX: Final = 99  # files of one name; the switch names each segment anew
SYNC_SECONDS: Final = 10  # sound that a power cut may cost
SILENCE_BYTES_MAX: Final = 1 << 20  # written at once for what is missing


class Segment:
    """A file that may fail and recover; nothing here raises."""

    def __init__(self, bridge: str, path: Path, report: Callable[[AnyEvent], None]) -> None:
        self.bridge = bridge
        self.path = path
        self._report = report
        self._file: int | None = None
        self._bytes = 0
        self._owed_bytes = 0  # silence for what could not be written
        self._unsynced = 0
        self._is_failing = False
        self._digest = hashlib.sha256()

    def open(self) -> None:
        """Make the file, with an empty header."""
        self._attempt(self._create)

    def write(self, data: bytes, missing_bytes: int) -> None:
        """Append audio data, after silence for what had been dropped before it."""
        self._owed_bytes += missing_bytes
        if not self._attempt(lambda: self._append_all(data)):
            self._owed_bytes += len(data)

    def close(self) -> None:
        """Finish the file and report its digest; a file that never was is only a failure."""
        if self._owed_bytes:
            self._attempt(lambda: self._append_all(b""))
        if self._file is None:
            return
        self._attempt(self._sync)
        os.close(self._file)
        self._file = None
        self._report(
            Recorded(
                bridge=self.bridge,
                file=str(self.path),
                sha256=self._digest.hexdigest(),
                seconds=self._bytes / STEREO_BYTES_PER_S,
                bytes=self._bytes,
            )
        )

    def _attempt(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except OSError as error:
            if not self._is_failing:
                self._is_failing = True
                reason = error.strerror or str(error)
                self._report(
                    RecordingFailed(bridge=self.bridge, file=str(self.path), reason=reason)
                )
            return False
        if self._is_failing:
            self._is_failing = False
            self._report(RecordingStarted(bridge=self.bridge, file=str(self.path)))
        return True

    def _create(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        wanted = self.path
        for number in range(1, NAMES_MAX + 1):
            name = wanted if number == 1 else wanted.with_stem(f"{wanted.stem}-{number}")
            try:
                file = os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            except FileExistsError:
                continue
            self.path, self._file = name, file
            self._write_header()
            if not self._is_failing:
                self._report(RecordingStarted(bridge=self.bridge, file=str(name)))
            return
        raise OSError(f"{NAMES_MAX} files are called {wanted.name}")

    def _append_all(self, data: bytes) -> None:
        if self._file is None:
            self._create()
        while self._owed_bytes:
            silence = bytes(min(self._owed_bytes, SILENCE_BYTES_MAX))
            self._append(silence)
            self._owed_bytes -= len(silence)
        self._append(data)
        self._unsynced += 1
        if self._unsynced >= SYNC_SECONDS:
            self._sync()

    def _append(self, data: bytes) -> None:
        file = self._file
        if file is None or self._bytes + len(data) > DATA_BYTES_MAX:
            raise OSError("the recording is as long as a WAV file can be")
        try:
            _write_fully(file, data, HEADER_BYTES + self._bytes)
        except OSError:
            os.ftruncate(file, HEADER_BYTES + self._bytes)
            raise
        self._digest.update(data)
        self._bytes += len(data)
        self._write_header()

    def _write_header(self) -> None:
        if self._file is not None:
            _write_fully(self._file, stereo_header(self._bytes), 0)

    def _sync(self) -> None:
        if self._file is not None:
            os.fdatasync(self._file)
            self._unsynced = 0


def _write_fully(file: int, data: bytes, position: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, position)
        view, position = view[written:], position + written
