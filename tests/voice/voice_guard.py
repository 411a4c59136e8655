"""The switch and media of a test's room behind guards, as `kentongan switch` and `media` run them.

What tests start, kill and stop; the guards themselves are `voice_guard_program`.
"""

import os
import signal
import time
from pathlib import Path

from switch_room import Process, Room

from kentongan.serve.process import pid_file, running_pid

PROGRAM = Path(__file__).with_name("voice_guard_program.py")
LIMIT_S = 30.0


class Guarded(Process):
    """A process with a guard: `kill` kills the process, `start` waits for the next one."""

    def __init__(self, like: Process, name: str, run_dir: Path) -> None:
        super().__init__(like.log, str(PROGRAM), name, str(run_dir), *like._arguments)
        self._file = pid_file(run_dir, name)
        self._killed: int | None = None

    @property
    def pid(self) -> int:
        """Of the process, not of its guard; 0 when there is none."""
        return running_pid(self._file) or 0

    def start(self) -> None:
        """Start the guard, or wait until it has replaced the process that was killed."""
        if self._process is None:
            super().start()
        end = time.monotonic() + LIMIT_S
        while self.pid in (0, self._killed):
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.002)

    def kill(self) -> None:
        """kill -9."""
        self._killed = self.pid
        if self._killed:
            os.kill(self._killed, signal.SIGKILL)


def guard_room(room: Room) -> list[Guarded]:
    """Put guards before a room's processes, before it begins; whoever asks stops them at last."""
    run_dir = room.folder / "run"
    switch = Guarded(room.switch, "switch", run_dir)
    media = [Guarded(one, f"media-{at}", run_dir) for at, one in enumerate(room.media)]
    room.switch, room.media[:] = switch, media
    return [switch, *media]
