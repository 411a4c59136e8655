"""Commands of this program run beside the screens' process: bounded, heard while they work, ended.

What takes seconds of processor is never done where calls are answered: a child of the lowest
priority does it, and is ended when nobody waits for it any more.
"""

import asyncio
import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

ANSWER_BYTES_MAX: Final = 16_000_000
"""Octets of a child's answer; a report of pages has about one million."""

SAID_LINES: Final = 20
"""Last lines of what a child said that are kept: why it failed."""

LINE_BYTES_MAX: Final = 100_000

PROGRESS: Final = "progress"
"""A line `progress 3 30` says how far it is; everything else is why it failed."""

LOWEST: Final = 19
"""Niceness of the child."""

WRONG: Final = 2
"""A command's code for a question that cannot be meant."""


class BesideError(RuntimeError):
    """The child could not do it; the text is what it said."""


class Beside:
    """Runs commands with the settings that the screens' process itself was started with."""

    def __init__(self, file: Path | None, limit_s: float) -> None:
        """`file` are those settings; a command may take `limit_s` seconds."""
        chosen = ("--settings", str(file)) if file else ()
        self._command: tuple[str, ...] = (sys.executable, "-m", "kentongan.main", *chosen)
        self._limit_s = limit_s

    async def __call__(
        self, arguments: Sequence[str], told: Callable[[int, int], None] | None = None
    ) -> bytes:
        """What it printed; `told` hears how much of how much is done.

        `ValueError` with what it said when the question cannot be meant, else `BesideError`.
        Whoever cancels this ends the child.
        """
        child = await asyncio.create_subprocess_exec(
            *self._command,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_BYTES_MAX,
        )
        said: list[str] = []
        try:
            async with asyncio.timeout(self._limit_s):
                hearing = _hear(child.stderr, said, told)
                answer, _ = await asyncio.gather(_answer(child.stdout), hearing)
                await child.wait()
        except TimeoutError:
            raise BesideError(f"took longer than {self._limit_s:g} s") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode == 0:
            return answer
        why = "\n".join(said).strip() or f"code {child.returncode}"
        raise ValueError(why) if child.returncode == WRONG else BesideError(why)


async def _answer(stream: asyncio.StreamReader | None) -> bytes:
    parts: list[bytes] = []
    octets = 0
    while stream is not None and (part := await stream.read(65_536)):
        parts.append(part)
        octets += len(part)
        if octets > ANSWER_BYTES_MAX:
            raise BesideError(f"answered with more than {ANSWER_BYTES_MAX:,} bytes")
    return b"".join(parts)


async def _hear(
    stream: asyncio.StreamReader | None, said: list[str], told: Callable[[int, int], None] | None
) -> None:
    while stream is not None and (line := await _line(stream)):
        text = line.decode(errors="replace").rstrip()
        word, *numbers = text.split()[:3] or [""]
        if word == PROGRESS and len(numbers) == 2 and all(n.isdecimal() for n in numbers):
            if told is not None:
                told(int(numbers[0]), int(numbers[1]))
            continue
        said.append(text)
        del said[:-SAID_LINES]


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # longer than any line that says something
        return b"...\n"


# --- in the child --------------------------------------------------------------------------------


def gently(memory_bytes: int | None = None) -> None:
    """This process waits for all others, and asks for so much memory at most."""
    os.nice(LOWEST)
    if memory_bytes is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def tell_progress(done: int, of: int) -> None:
    """Say how far it is, for whoever waits."""
    print(PROGRESS, done, of, file=sys.stderr, flush=True)
