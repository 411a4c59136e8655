"""Files of other centres while somebody maps them: one a viewer, for an hour, not in the record."""

import asyncio
import secrets
import shutil
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
        """What an earlier process left in `folder` is deleted."""
        self._folder = folder
        self._clock = clock
        self._held: dict[str, Upload] = {}
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    async def take(self, viewer: str, name: str, pieces: AsyncIterator[bytes]) -> Upload:
        """Keep a file; the viewer's older one goes. 415 for a kind that is not read."""
        kind = next((one for one in KINDS if name.lower().endswith(one)), None)
        if kind is None or self._folder is None:
            raise Problem(415, "not_a_table", kinds=", ".join(KINDS))
        self._forget(viewer)
        if len(self._held) >= HELD_MAX:
            raise Busy
        key = secrets.token_urlsafe(12)
        path = self._folder / key / f"file{kind}"
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
        found = self._held.get(key)
        if found is None or found.viewer != viewer:
            raise Problem(404, "upload_gone")
        return found

    def drop(self, upload: Upload) -> None:
        """Delete it."""
        self._held.pop(upload.id, None)
        shutil.rmtree(upload.path.parent, ignore_errors=True)

    def stop(self) -> None:
        """With the process."""
        for one in list(self._held.values()):
            self.drop(one)

    def _forget(self, viewer: str) -> None:
        since = self._clock() - KEPT
        for one in list(self._held.values()):
            if one.viewer == viewer or one.taken_at < since:
                self.drop(one)
