"""The database of the spool: its file, or memory in its place while the disk takes nothing.

Memory is a database like the file and begins with all that the file holds, so everything that is
done with a spool goes on in it. When there is room again, the whole of it replaces what the file
holds, in one transaction. What only memory had is lost with the process.
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from kentongan.edge.switch.spool_file import (
    SpoolDamagedError,
    SpoolError,
    failure,
    move_aside,
    opened,
)

MEMORY_BYTES_MAX: Final = 64 * 1024 * 1024
"""Most that memory holds, octets: some 7,000 calls. The way back takes a second for so many."""

SPARE_BYTES: Final = 4 * 1024 * 1024
"""Left free on the disk by the way back, octets: it shall not fill it again at once."""

_log = logging.getLogger(__name__)


class SpoolDatabase:
    """The database, open. Every method raises `SpoolError` when it fails.

    `aside` is where a damaged file was moved to, None as long as there was none; `trouble` why
    memory stands in for the file now, "" while there is a file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.aside: Path | None = None
        self.trouble = ""
        self._is_whole = True  # memory has all that the file has
        self._may_move = True  # the last move into memory did not fail
        try:
            self._db = opened(path)
        except SpoolDamagedError as error:
            self._move_aside(error)
        except SpoolError as error:
            self._do_without(error)

    @property
    def is_volatile(self) -> bool:
        """Whether a kill forgets what is written now."""
        return bool(self.trouble)

    def _do_without(self, error: SpoolError) -> None:
        """The disk does not let us: remember in memory alone, rather than take no calls.

        A file that cannot even be read stays as it is until the next start.
        """
        _log.critical("the spool cannot be opened, calls go on without it: %s", error)
        self.trouble = str(error)
        try:
            self._db = _copy_of_closed(self._path)
        except SpoolError:
            self._is_whole = False
            self._db = _in_memory()

    def begin_anew(self, error: SpoolDamagedError) -> None:
        """The file turned out to be damaged: move it aside, whole, and go on with an empty one."""
        self._db.close()
        self._move_aside(error)

    def _move_aside(self, error: SpoolDamagedError) -> None:
        try:
            self.aside = move_aside(self._path)
            self._db = opened(self._path)
        except SpoolError as failed:
            self._do_without(failed)
            return
        _log.critical("the spool is damaged (%s): %s is kept, calls start anew", error, self.aside)

    def return_to_disk(self) -> None:
        """Put what memory holds in the file, if there is room, and go on there.

        Raises `SpoolError` when the disk still fails; memory has it all the same.
        """
        if self.is_volatile and self._is_whole and self._has_room():
            file = _written_back(self._db, self._path)
            self._db.close()
            self._db, self.trouble = file, ""

    def _has_room(self) -> bool:
        """Whether the disk would take the copy: its log, its pages, and something to spare."""
        try:
            disk = os.statvfs(self._path.parent)
        except OSError:
            return False
        pages, page_bytes = (
            int(self._select(f"pragma {what}")[0][0]) for what in ("page_count", "page_size")
        )
        return disk.f_bavail * disk.f_frsize >= 2 * pages * page_bytes + SPARE_BYTES

    def close(self) -> None:
        """Close it; what only memory has goes to the file, if it can."""
        with suppress(SpoolError):
            self.return_to_disk()
        if self.is_volatile:
            _log.critical("what came since the disk failed is forgotten: %s", self.trouble)
        self._db.close()

    def _select(self, sql: str, *values: Any) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise failure(error) from error

    def _write(self, work: Callable[[], None]) -> None:
        """Do it in a transaction: on the disk, or in memory where the disk fails."""
        try:
            with self._transaction():
                work()
        except SpoolDamagedError:
            raise
        except SpoolError as error:
            if self.is_volatile or not self._may_move:
                raise
            self._may_move = False
            self._db, file = _copy_of(self._db), self._db
            file.close()
            self.trouble = str(error)
            with self._transaction():
                work()
        self._may_move = True

    @contextmanager
    def _transaction(self) -> Generator[None]:
        try:
            self._db.execute("begin immediate")
            yield
            self._db.execute("commit")
        except sqlite3.Error as error:
            raise failure(error) from error
        finally:
            with suppress(sqlite3.Error):  # the first error is the one that counts
                if self._db.in_transaction:
                    self._db.execute("rollback")


def _in_memory() -> sqlite3.Connection:
    memory = opened(":memory:")
    page_bytes = int(memory.execute("pragma page_size").fetchone()[0])
    memory.execute(f"pragma max_page_count = {MEMORY_BYTES_MAX // page_bytes}")
    return memory


def _copy_of(db: sqlite3.Connection) -> sqlite3.Connection:
    """Raises `SpoolError` when it cannot be read, or is more than memory may hold."""
    memory = _in_memory()
    try:
        db.backup(memory)
    except sqlite3.Error as error:
        memory.close()
        raise failure(error) from error
    return memory


def _copy_of_closed(path: Path) -> sqlite3.Connection:
    """Of a file that cannot be opened for want of room: read without touching the disk.

    Raises `SpoolError`, also when a part is still in the file's log, which cannot be read so.
    """
    log = path.with_name(path.name + "-wal")
    try:
        if not path.exists() or path.stat().st_size == 0:
            return _in_memory()
        if log.exists() and log.stat().st_size:
            raise SpoolError(f"{log} cannot be read now")
        uri = f"file:{quote(str(path))}?immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as file:
            return _copy_of(file)
    except (OSError, sqlite3.Error) as error:
        raise SpoolError(str(error)) from error


def _written_back(memory: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """The file with all that memory holds; with `SpoolError` it stays as it was."""
    file = opened(path)
    try:
        memory.backup(file)
        file.execute("pragma wal_checkpoint(truncate)")  # the log is as large as the copy now
    except sqlite3.Error as error:
        file.close()
        raise failure(error) from error
    return file
