"""Files of other centres while somebody maps them: one a viewer, for an hour, not in the record."""

import asyncio
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from kentongan.app.handle import Busy
from kentongan.edge.web.problems import Problem

BYTES_MAX: Final = 50_000_000
"""Octets of one file: about 300,000 rows. Larger ones are read at the terminal."""

KEPT: Final = timedelta(hours=1)
HELD_MAX: Final = 4
"""Files of all viewers at once, 200 MB of the disk."""

KINDS: Final = (".csv", ".csv.gz", ".txt", ".xlsx", ".parquet")


class Upload(Struct, frozen=True, kw_only=True):
    """A file in a folder of its own. `name` is what its owner calls it."""

    id: str
    viewer: str
    name: str
    path: Path
    taken_at: datetime


class Uploads:
    """The files; used on the event loop."""

    def __init__(self, folder: Path | None, clock: Callable[[], datetime]) -> None:
        """What processes that are gone left in `folder` is deleted; others' files stay."""
        self._folder = folder
        self._clock = clock
        self._held: dict[str, Upload] = {}
        self._own: OwnFolder | None = None
        if folder is not None and folder.is_dir():
            _sweep(folder)

    async def take(self, viewer: str, name: str, pieces: AsyncIterator[bytes]) -> Upload:
        """Keep a file; the viewer's older one goes. 415 for a kind that is not read."""
        kind = next((one for one in KINDS if name.lower().endswith(one)), None)
        if kind is None or self._folder is None:
            raise Problem(415, "not_a_table", kinds=", ".join(KINDS))
        self.forget()
        for one in [one for one in self._held.values() if one.viewer == viewer]:
            self.drop(one)
        if len(self._held) >= HELD_MAX:
            raise Busy
        key = secrets.token_urlsafe(12)
        self._own = self._own or OwnFolder(self._folder)
        path = self._own.path / key / f"file{kind}"
        upload = Upload(id=key, viewer=viewer, name=name, path=path, taken_at=self._clock())
        self._held[key] = upload
        try:
            await asyncio.to_thread(path.parent.mkdir, mode=0o700, parents=True)
            with path.open("wb") as file:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)
        except BaseException:
            self.drop(upload)
            raise
        return upload

    def find(self, viewer: str, key: str) -> Upload:
        """The viewer's own; 404 when it is gone, another's, or never was."""
        self.forget()
        found = self._held.get(key)
        if found is None or found.viewer != viewer:
            raise Problem(404, "upload_gone")
        return found

    def drop(self, upload: Upload) -> None:
        """Delete it."""
        self._held.pop(upload.id, None)
        shutil.rmtree(upload.path.parent, ignore_errors=True)

    def forget(self) -> None:
        """Delete what is older than `KEPT`."""
        since = self._clock() - KEPT
        for one in [one for one in self._held.values() if one.taken_at < since]:
            self.drop(one)

    def stop(self) -> None:
        """With the process."""
        for one in list(self._held.values()):
            self.drop(one)
        if self._own is not None:
            self._own.close()
            self._own = None


class OwnFolder:
    """A folder of this process, locked while it lives: whoever starts beside it leaves it alone.

    A lock goes with its process, however that ends; a process id may come again, or be the same
    in two containers.
    """

    def __init__(self, within: Path) -> None:
        within.mkdir(mode=0o700, parents=True, exist_ok=True)
        turn = _locked(within, wait=True)
        try:
            self.path = Path(tempfile.mkdtemp(dir=within))
            self._lock = _locked(self.path)
        finally:
            _unlock(turn)

    def close(self) -> None:
        """With the process."""
        shutil.rmtree(self.path, ignore_errors=True)
        _unlock(self._lock)


def _sweep(within: Path) -> None:
    """Delete the folders that no process holds."""
    turn = _locked(within, wait=True)
    try:
        for one in list(within.iterdir()):
            lock = _locked(one) if one.is_dir() else None
            if lock is not None:
                shutil.rmtree(one, ignore_errors=True)
                _unlock(lock)
    finally:
        _unlock(turn)


def _locked(folder: Path, *, wait: bool = False) -> int | None:
    """The folder's lock; None when another has it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _unlock(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)
