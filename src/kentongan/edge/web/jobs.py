"""Work that takes longer than an answer: begun, looked at while it goes on, ended when unwanted.

One is worked on at a time, by a process of its own; a viewer has one of each kind. Nothing is kept
for long: whoever wants it again asks again.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Raw, Struct

from kentongan.app.handle import Busy
from kentongan.edge.web.ports import RunBeside

KEPT: Final = timedelta(minutes=20)
"""An answer may be fetched for so long after the work ended."""

UNWATCHED: Final = timedelta(seconds=75)
"""Work that nobody has asked after for so long ends: its page is gone. A page that is looked at
asks each second, one in the background each minute (browsers allow no more)."""

HELD_MAX: Final = 24
"""Jobs of all viewers that are known; more is told `busy`."""

_log = logging.getLogger(__name__)


class JobBegun(Struct, frozen=True, kw_only=True):
    """The id to ask by; `upload` is that of the file it is about."""

    job: str
    upload: str = ""


class JobShown(Struct, frozen=True, kw_only=True):
    """How it stands: `waiting`, `working`, `done`, `wrong` (the question), `failed`.

    `done` of `of` parts are through where it says so; `why` is what it said.
    """

    state: str
    done: int = 0
    of: int = 0
    why: str = ""
    answer: Raw | None = None


class Job(Struct, kw_only=True, eq=False):
    """One piece of work; `asked_at` is when somebody last looked how it stands."""

    id: str
    viewer: str
    kind: str
    shown: JobShown
    asked_at: datetime
    ended_at: datetime | None = None
    task: asyncio.Task[None] | None = None


class Jobs:
    """All of them; used on the event loop."""

    def __init__(self, run: RunBeside | None, clock: Callable[[], datetime]) -> None:
        self._run = run
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._turn = asyncio.Lock()

    @property
    def are_there(self) -> bool:
        """Whether this centre works anything out beside itself."""
        return self._run is not None

    def begin(self, viewer: str, kind: str, arguments: Sequence[str]) -> Job:
        """Begin; the viewer's older job of this kind ends. `Busy` when there are too many."""
        self.forget()
        for old in [job for job in self._jobs.values() if (job.viewer, job.kind) == (viewer, kind)]:
            self.end(old)
        if len(self._jobs) >= HELD_MAX:
            raise Busy
        job = Job(
            id=secrets.token_urlsafe(12),
            viewer=viewer,
            kind=kind,
            shown=JobShown(state="waiting"),
            asked_at=self._clock(),
        )
        self._jobs[job.id] = job
        job.task = asyncio.create_task(self._work(job, tuple(arguments)), name=f"job {kind}")
        return job

    def find(self, viewer: str, key: str) -> Job | None:
        """The viewer's own; another's is not there."""
        job = self._jobs.get(key)
        if job is None or job.viewer != viewer:
            return None
        job.asked_at = self._clock()
        return job

    def end(self, job: Job) -> None:
        """Nobody wants it any more."""
        if job.task is not None:
            job.task.cancel()
        self._jobs.pop(job.id, None)

    def forget(self) -> None:
        """Answers that nobody came for, and work that nobody waits for."""
        now = self._clock()
        for job in list(self._jobs.values()):
            if (
                job.asked_at < now - UNWATCHED
                if job.ended_at is None
                else job.ended_at < now - KEPT
            ):
                self.end(job)

    def stop(self) -> None:
        """With the process."""
        for job in list(self._jobs.values()):
            self.end(job)

    async def _work(self, job: Job, arguments: tuple[str, ...]) -> None:
        if self._run is None:
            return

        def told(done: int, of: int) -> None:
            job.shown = JobShown(state="working", done=done, of=of)

        async with self._turn:
            job.shown = JobShown(state="working")
            try:
                answer = await self._run(arguments, told)
            except ValueError as error:
                job.shown = JobShown(state="wrong", why=str(error))
            except (RuntimeError, OSError) as error:
                _log.error("%s of %s was not worked out: %s", job.kind, job.viewer, error)
                job.shown = JobShown(state="failed", why=str(error))
            else:
                job.shown = JobShown(state="done", answer=Raw(answer))
            finally:
                job.ended_at = self._clock()
