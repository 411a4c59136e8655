"""The folder of backups as the administrator's screen knows it (`STATE/backups`).

A backup is made and proved by `kentongan backup` in a process of its own at a low priority, so
that the screens of a room never wait for it; one at a time. What a proof said is kept in a small
file beside the backup. Of those made here are kept: the newest of each of the last `DAYS_KEPT`
days that have one, the newest that was proved whole, and then the newest up to `KEPT_MAX` in all;
an afternoon of many never pushes out the days before. A file that somebody else puts into the
folder is shown and never removed.
"""

import asyncio
import contextlib
import os
import re
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.edge.web.backups import BackupFile, BackupsShown, BackupWork, Work
from kentongan.edge.web.problems import Problem
from kentongan.store.backup import read_manifest
from kentongan.store.errors import StoreError

KEPT_MAX: Final = 14
"""Backups made here that are kept beyond those that have to be."""

DAYS_KEPT: Final = 14
"""Days (of UTC) whose newest backup is kept, and the last proved one beside: two weeks."""

SHOWN_MAX: Final = 60
"""Files that are shown, the newest."""

ROOM: Final = 1.5
"""Free room that is wanted before a backup is made, in sizes of the last one."""

ROOM_MIN_OCTETS: Final = 200_000_000
"""Free room that is wanted in any case: a full disk stops the record itself."""

PROBLEM_CHARACTERS_MAX: Final = 300
"""Of what a child said before it failed."""

LOW: Final = 10
"""The priority (nice) of the child: whatever a room needs goes first, and it still gets done."""

NAMED: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,100}\.zip$")
"""Names of backups that can be asked for: nothing that leads out of the folder."""

_MADE_HERE: Final = re.compile(r"^kentongan-\d{8}-\d{6}\.zip$")
_DAY: Final = len("kentongan-YYYYMMDD")


class _Proof(Struct, frozen=True, kw_only=True):
    """What a proof said of a file of that many octets."""

    octets: int
    checked_at: datetime
    is_whole: bool
    problem: str = ""


class BackupFolder:
    """Implements `edge.web.backups.Backups`. `kentongan` is the command without its verb."""

    def __init__(
        self, folder: Path, kentongan: tuple[str, ...], clock: Callable[[], datetime]
    ) -> None:
        self._folder = folder
        self._kentongan = kentongan
        self._clock = clock
        self._running: BackupWork | None = None
        self._failed: BackupWork | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def shown(self) -> BackupsShown:
        """What is there now."""
        files = self._files()[:SHOWN_MAX]
        return BackupsShown(
            folder=str(self._folder),
            files=tuple(_file(one) for one in files),
            kept_most=DAYS_KEPT,
            free_octets=self._free(),
            running=self._running,
            failed=self._failed,
        )

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being done, not even noting what was found."""
        return self._task is None or self._task.done()

    async def start(self) -> None:
        """Begin a backup."""
        self._must_be_idle()
        await asyncio.to_thread(self._must_have_room)
        self._must_be_idle()  # somebody else may have begun one meanwhile
        name = f"kentongan-{self._clock():%Y%m%d-%H%M%S}.zip"
        self._begin("backup", name, ())

    async def check(self, name: str) -> None:
        """Begin to prove that one."""
        if not NAMED.match(name) or not (self._folder / name).is_file():
            raise Problem(404, "not_found")
        self._must_be_idle()
        self._begin("check", name, ("--check",))

    def stop(self) -> None:
        """End what is being done."""
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.terminate()

    # --- the work ----------------------------------------------------------------------------

    def _begin(self, what: Work, name: str, how: tuple[str, ...]) -> None:
        self._running = BackupWork(what=what, name=name, since=self._clock())
        self._failed = None
        self._task = asyncio.create_task(self._work(self._running, how), name="backup")

    async def _work(self, work: BackupWork, how: tuple[str, ...]) -> None:
        problem = "?"
        try:
            problem = await self._run(work, how)
        except OSError as error:  # no memory or no room for a child
            problem = str(error)
        finally:
            self._running = None
        if work.what == "check":
            await asyncio.to_thread(self._prove, work.name, problem)
        elif problem:
            self._failed = msgspec.structs.replace(work, problem=problem)
        else:
            await asyncio.to_thread(self._remove_old)

    async def _run(self, work: BackupWork, how: tuple[str, ...]) -> str:
        """The child's last words where it failed, nothing where it did not."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._child = await asyncio.create_subprocess_exec(
            *self._kentongan,
            "backup",
            *how,
            str(self._folder / work.name),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpriority(os.PRIO_PROCESS, self._child.pid, LOW)
        _, said = await self._child.communicate()
        if self._child.returncode == 0:
            return ""
        lines = said.decode(errors="replace").strip().splitlines()
        return (lines[-1] if lines else "?")[:PROBLEM_CHARACTERS_MAX]

    def _prove(self, name: str, problem: str) -> None:
        file = self._folder / name
        with contextlib.suppress(OSError):
            proof = _Proof(
                octets=file.stat().st_size,
                checked_at=self._clock(),
                is_whole=not problem,
                problem=problem,
            )
            _proof_of(file).write_bytes(msgspec.json.encode(proof))

    def _remove_old(self) -> None:
        ours = sorted((one for one in self._files() if _MADE_HERE.match(one.name)), reverse=True)
        kept = _must_stay(ours)
        others = [one for one in ours if one not in kept]
        kept.update(others[: max(0, KEPT_MAX - len(kept))])
        for file in (one for one in ours if one not in kept):
            with contextlib.suppress(OSError):
                file.unlink()
                _proof_of(file).unlink(missing_ok=True)

    # --- looking -----------------------------------------------------------------------------

    def _files(self) -> list[Path]:
        """The newest first, by when they were written."""
        try:
            found = [one for one in self._folder.iterdir() if NAMED.match(one.name)]
            dated = [(one.stat().st_mtime, one) for one in found]
        except OSError:
            return []
        return [one for _, one in sorted(dated, reverse=True)]

    def _free(self) -> int:
        folder = self._folder if self._folder.exists() else self._folder.parent
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            return 0

    def _must_be_idle(self) -> None:
        if not self.is_idle:
            raise Problem(409, "backup_running")

    def _must_have_room(self) -> None:
        last = max((one.stat().st_size for one in self._files()[:1]), default=0)
        needed, free = max(ROOM_MIN_OCTETS, int(last * ROOM)), self._free()
        if free < needed:
            raise Problem(
                409,
                "backup_no_room",
                free_mb=str(free // 1_000_000),
                needed_mb=str(needed // 1_000_000),
            )


def backup_folder(
    state: Path, settings_file: Path | None, clock: Callable[[], datetime]
) -> BackupFolder:
    """The folder of a centre with that state directory, its children with the same settings."""
    chosen = ("--settings", str(settings_file)) if settings_file else ()
    kentongan = (sys.executable, "-m", "kentongan.main", *chosen)
    return BackupFolder(state / "backups", kentongan, clock)


def _file(file: Path) -> BackupFile:
    octets = _octets(file)
    proof = _proof(file)
    if proof is not None and proof.octets != octets:
        proof = None  # another file by now
    try:
        manifest = read_manifest(file)
    except (StoreError, OSError, KeyError):
        return BackupFile(name=file.name, octets=octets, is_whole=False)
    return BackupFile(
        name=file.name,
        octets=octets,
        made_at=manifest.made_at,
        events=manifest.events,
        checked_at=None if proof is None else proof.checked_at,
        is_whole=None if proof is None else proof.is_whole,
        problem="" if proof is None else proof.problem,
    )


def _must_stay(ours: list[Path]) -> set[Path]:
    """The newest of every day, and the newest that was proved whole. `ours` by name, newest first:
    the name has the second in which it was begun, whatever copied the file later."""
    by_day: dict[str, Path] = {}
    for file in ours:
        by_day.setdefault(file.name[:_DAY], file)
    proved = (one for one in ours if _is_proved(one))
    return set(list(by_day.values())[:DAYS_KEPT]) | set(islice(proved, 1))


def _is_proved(file: Path) -> bool:
    proof = _proof(file)
    return proof is not None and proof.is_whole and proof.octets == _octets(file)


def _octets(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _proof_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.proof.json")


def _proof(file: Path) -> _Proof | None:
    try:
        return msgspec.json.decode(_proof_of(file).read_bytes(), type=_Proof)
    except (OSError, msgspec.MsgspecError):
        return None
