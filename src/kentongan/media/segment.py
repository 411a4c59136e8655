"""One segment of a recording on its way to disk: its file, its pieces, its running digests.

Used by the recorder's thread alone. A failure is told once, not each second; the file is cut back
to its last good piece and tried again. A second that could not be written is owed: its place in
the call stays empty and is heard as silence, so a long outage costs no space afterwards.
"""

import contextlib
import logging
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kentongan.media.g711 import SAMPLE_RATE_HZ
from kentongan.media.protocol import AnyEvent, Recorded, RecordingFailed, RecordingStarted
from kentongan.media.seal import NONCE_BYTES, Digest, End, Header, Sealer, write_header
from kentongan.media.seal_keys import SegmentKey
from kentongan.media.stereo import SOUND_BYTES_MAX

NAMES_MAX: Final = 99  # files of one name; the switch names each segment anew
SYNC_SECONDS: Final = 10  # sound that a power cut may cost

_log: Final = logging.getLogger(__name__)


class Segment:
    """A file that may fail and recover; nothing here raises."""

    def __init__(
        self, bridge: str, path: Path, key: SegmentKey, report: Callable[[AnyEvent], None]
    ) -> None:
        self.bridge = bridge
        self.path = path
        self.key_id = key.id
        self._report = report
        self._header = Header(
            started_at=datetime.now(UTC),
            rate_hz=SAMPLE_RATE_HZ,
            key_id=key.id,
        )
        self._first = write_header(self._header)
        self._sealer = Sealer(key.secret, self._first)
        self._file: int | None = None
        self._size = 0  # of the file, as far as it is good
        self._pieces = 0
        self._owed_bytes = 0  # silence for what could not be written
        self._lost_bytes = 0  # of the whole segment
        self._told_lost_bytes = 0
        self._unsynced = 0
        self._is_failing = False
        self._digest = Digest()

    def open(self) -> None:
        """Make the file, with its header."""
        self._attempt(self._create)

    def write(self, data: bytes, missing_bytes: int) -> None:
        """Append a second of sound, after silence for what had been dropped before it."""
        if missing_bytes:
            self._lose(missing_bytes)
            self._is_failing = True  # told by whoever dropped it; success takes it back
        if not self._attempt(lambda: self._append(data)):
            self._lose(len(data))
        elif self._unsynced >= SYNC_SECONDS:
            self._attempt(self._sync)

    def close(self, missing_bytes: int) -> None:
        """Finish the file and report its digests; a file that never was is only a failure."""
        self._lose(missing_bytes)
        if self._file is None:
            self._attempt(self._create)
        if self._file is None:
            return
        written = self._digest.copy()
        self._digest.add_silence(self._owed_bytes, self._header.second_bytes)
        if not self._attempt(self._append_end):
            self._digest = written  # the silence at its end is not in the file either
        self._let_go()

    def _let_go(self) -> None:
        if self._file is None:
            return
        os.close(self._file)
        self._file = None
        if self._size == 0:
            with contextlib.suppress(OSError):
                self.path.unlink()
            return
        second_bytes = self._header.second_bytes
        self._report(
            Recorded(
                bridge=self.bridge,
                file=str(self.path),
                sha256=self._digest.sha256.hex(),
                seconds=self._digest.sound_bytes / second_bytes,
                bytes=self._digest.sound_bytes,
                key=self.key_id,
                chain=self._digest.chain.hex(),
                lost_s=self._lost_bytes / second_bytes,
            )
        )

    def _lose(self, count: int) -> None:
        self._owed_bytes += count
        self._lost_bytes += count

    def _attempt(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except Exception as error:  # noqa: BLE001 -- outermost of one recording: a disk, or a bug
            if not self._is_failing:
                self._is_failing = True
                reason = _reason_of(error)
                self._report(
                    RecordingFailed(bridge=self.bridge, file=str(self.path), reason=reason)
                )
            return False
        if self._is_failing:
            self._is_failing = False
            self._report(self._started())
        return True

    def _started(self) -> RecordingStarted:
        """Writing, with the seconds lost since this was last said."""
        lost = self._lost_bytes - self._told_lost_bytes
        self._told_lost_bytes = self._lost_bytes
        lost_s = lost / self._header.second_bytes
        return RecordingStarted(bridge=self.bridge, file=str(self.path), lost_s=lost_s)

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
            self._write(self._first)
            if not self._is_failing:
                self._report(self._started())
            return
        raise OSError(f"{NAMES_MAX} files are called {wanted.name}")

    def _append(self, data: bytes) -> None:
        """One piece, at its second of the call; what is owed before it stays empty."""
        if self._file is None:
            self._create()
        second_bytes = self._header.second_bytes
        start = self._digest.sound_bytes + self._owed_bytes
        if start + len(data) > SOUND_BYTES_MAX:
            raise OSError("the recording is as long as it can be")
        self._begin()
        nonce = secrets.token_bytes(NONCE_BYTES)
        self._write(self._sealer.seal(self._pieces, start // second_bytes, data, nonce))
        self._digest.add_silence(self._owed_bytes, second_bytes)
        self._digest.add(data)
        self._owed_bytes = 0
        self._pieces += 1
        self._unsynced += 1

    def _append_end(self) -> None:
        self._begin()
        digest = self._digest
        end = End(digest.sha256, digest.chain, digest.sound_bytes, self._lost_bytes)
        second = -(-digest.sound_bytes // self._header.second_bytes)
        nonce = secrets.token_bytes(NONCE_BYTES)
        self._write(self._sealer.seal_end(self._pieces, second, end, nonce))
        self._sync()

    def _begin(self) -> None:
        """The header, if the disk did not take it when the file was made."""
        if self._size == 0:
            self._write(self._first)

    def _write(self, data: bytes) -> None:
        file = self._file
        if file is None:
            raise OSError("the file is not open")
        try:
            _write_fully(file, data, self._size)
        except Exception:  # whatever it is: what was written of it is taken back
            os.ftruncate(file, self._size)
            raise
        self._size += len(data)

    def _sync(self) -> None:
        if self._file is not None:
            os.fdatasync(self._file)
            self._unsynced = 0


def _reason_of(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    _log.error("a fault while recording", exc_info=error)
    return f"{type(error).__name__}: {error}"


def _write_fully(file: int, data: bytes, position: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, position)
        view, position = view[written:], position + written
