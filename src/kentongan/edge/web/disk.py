"""How full the recordings' disk is: looked at beside the event loop, one look at a time.

A disk that hangs (a network volume whose server is gone) answers no question for minutes; health
then says `away` at once, and no further look is started before the first one has come back.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from kentongan.media.archive import Archive, Space

LOOK_EVERY_S: Final = 10.0
"""Between two looks, seconds: a disk does not fill faster than an alarm can be read."""

ANSWER_S: Final = 2.0
"""A disk that has not answered by then hangs."""


class RecordingsDisk(Struct, frozen=True, kw_only=True):
    """The disk of the recordings: `well`, `nearly_full`, `full`, or `away` when it is not there."""

    state: str
    free_bytes: int = 0
    total_bytes: int = 0


class RecordingAlarm(Struct, frozen=True, kw_only=True):
    """Something about recordings that somebody has to do something about, and why.

    `alarm`: `recordings_nearly_full`, `recordings_full`, `recordings_away` (the disk), or
    `recordings_locked` (the centre's key cannot be read, so nothing is recorded).
    """

    alarm: str
    why: str


AWAY: Final = RecordingsDisk(state="away")


class DiskWatch:
    """Keeps looking on the loop it is started on."""

    def __init__(self, archive: Archive, word_for: Callable[[float], str]) -> None:
        """`word_for` gives the state for so many percent of the disk being free."""
        self._archive = archive
        self._word_for = word_for
        self._task: asyncio.Task[None] | None = None
        self.now = AWAY

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._keep_looking(), name="disk")

    def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()

    async def look(self) -> None:
        """One look; returns when the disk has answered, however long that takes."""
        answer = asyncio.ensure_future(asyncio.to_thread(self._archive.space))
        done, _ = await asyncio.wait((answer,), timeout=ANSWER_S)
        if not done:
            self.now = AWAY
        self.now = self._told(await answer)

    async def _keep_looking(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def _told(self, space: Space | None) -> RecordingsDisk:
        if space is None:
            return AWAY
        return RecordingsDisk(
            state=self._word_for(space.free_percent),
            free_bytes=space.free_bytes,
            total_bytes=space.total_bytes,
        )


def alarms_of(disk: RecordingsDisk, key_problem: str) -> tuple[RecordingAlarm, ...]:
    """What the room's alarm strip says about recordings; empty when all is well."""
    found: list[RecordingAlarm] = []
    if key_problem:
        found.append(RecordingAlarm(alarm="recordings_locked", why=key_problem))
    if disk.state != "well":
        free = "" if disk.total_bytes == 0 else f"{100 * disk.free_bytes / disk.total_bytes:.1f} %"
        found.append(RecordingAlarm(alarm=f"recordings_{disk.state}", why=free))
    return tuple(found)
