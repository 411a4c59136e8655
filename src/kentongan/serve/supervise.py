"""`kentongan serve`: starts media, switch, work, web and geo on one machine and keeps them running.

It holds no calls and no state. Killing it stops nothing: the processes go on and are found again.
Stopping it (Ctrl+C, SIGTERM) stops geo and web first and media last, so that callers hear us
longest. The processes of calls have guards (`guard`), which are what is watched here: a guard is
back behind its process before anybody misses it.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kentongan.serve.process import Program, Watched
from kentongan.settings import Settings

GEO_AFTER_S = 3.0
"""How long after the others geography is started first, seconds: they answer by then, and straight
lines do until it does."""


def programs(settings: Settings, settings_file: Path | None) -> tuple[Program, ...]:
    """The processes of a centre in the order in which they are stopped: geo first, media last; they
    are started the other way round, so that calls come before maps."""
    media = (
        _program(settings_file, f"media-{index}", "media", "--index", str(index), is_guard=True)
        for index in range(settings.media.processes)
    )
    avl = ("avl",) if settings.avl.is_open else ()
    notify = [_program(settings_file, "notify", "notify", "run")] if settings.notify.is_open else []
    geo = _program(settings_file, "geo", "geo", after_s=GEO_AFTER_S)
    rest = (_program(settings_file, name, name) for name in ("web", *avl, "work"))
    return (geo, *rest, *notify, _program(settings_file, "switch", "switch", is_guard=True), *media)


def world_program(settings_file: Path, speed_up: float) -> Program:
    """The simulated city beside a centre."""
    return _program(settings_file, "world", "demo-world", "--speed-up", str(speed_up))


def _program(
    settings_file: Path | None,
    name: str,
    *arguments: str,
    is_guard: bool = False,
    after_s: float = 0.0,
) -> Program:
    chosen = ("--settings", str(settings_file)) if settings_file else ()
    command = (sys.executable, "-m", "kentongan.main", *chosen, *arguments)
    return Program(name=name, arguments=command, is_guard=is_guard, after_s=after_s)


async def supervise(
    settings: Settings, wanted: Sequence[Program], ready: Callable[[list[Watched]], None]
) -> None:
    """Keep the programs running until SIGINT or SIGTERM, then stop them one after the other."""
    run_dir = settings.run_dir
    run_dir.mkdir(parents=True, exist_ok=True)
    watched = [Watched(program, run_dir) for program in wanted]
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopping.set)
    async with asyncio.TaskGroup() as group:
        for one in reversed(watched):
            group.create_task(one.keep_running(), name=one.program.name)
        ready(watched)
        await stopping.wait()
        for one in watched:
            await one.stop()
