"""A centre with an agency behind a trunk of its own, and several calls that walk through it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from switch_room import Room, free_port
from voice_city import city_with_tones
from voice_guard import guard_room
from voice_telephone import Telephone
from voice_walk import Walk

from kentongan.media.codec import CodecName

EARLY = "127.0.0.2"
CHAIRS = ("supervisor", "dispatch_1")
CODECS = ("pcma", "pcmu", "g722")

Go = Callable[[Walk, CodecName], Awaitable[None]]
Way = tuple[str, Go, CodecName]


@asynccontextmanager
async def centre(
    folder: Path, *more: dict[str, Any], is_guarded: bool = False, **overrides: Any
) -> AsyncGenerator[tuple[Room, Telephone]]:
    """A room, and an agency. Calls from `EARLY` are answered when a desk takes them.

    `more` are further trunks, `overrides` settings of the switch.
    """
    port = free_port()
    trunks = [
        {"key": "early", "networks": [f"{EARLY}/32"], "answer": "at_desk"},
        {"key": "local", "networks": ["127.0.0.0/8"], "codecs": CODECS},
        {"key": "agencies", "host": "127.0.0.1", "port": port, "options_period_s": 0},
        *more,
    ]
    room = Room(folder, trunks=trunks, city=city_with_tones(folder / "city"), **overrides)
    guards = guard_room(room) if is_guarded else []
    try:
        async with Telephone(port=port) as agency, room:
            yield room, agency
    finally:
        for guard in guards:
            guard.stop()


async def walk_all(folder: Path, ways: Sequence[Way]) -> None:
    """All calls beside each other; the levels are printed, then the first fault is raised."""
    for fault in (await walk_each(folder, ways)).values():
        if fault is not None:
            raise fault


async def walk_each(folder: Path, ways: Sequence[Way]) -> dict[str, BaseException | None]:
    """All calls beside each other; the levels are printed. What went wrong with each, by name."""
    chairs: asyncio.Queue[str] = asyncio.Queue()
    for chair in CHAIRS:
        chairs.put_nowait(chair)
    began_at = time.monotonic()
    async with centre(folder) as (room, agency):
        walks = [Walk(room, agency, chairs, name, at) for at, (name, _, _) in enumerate(ways)]
        goes = [go(walk, codec) for walk, (_, go, codec) in zip(walks, ways, strict=True)]
        done = await asyncio.gather(*goes, return_exceptions=True)
    for walk in walks:
        print("\n".join(walk.levels.table()))
    print(f"{len(walks)} calls in {time.monotonic() - began_at:.1f} s")
    return dict(zip((name for name, _, _ in ways), done, strict=True))


async def waiting_call(room: Room, number: str) -> str:
    """The call of that number, once it waits."""
    async with asyncio.timeout(15):
        while True:
            for row in await room.control.calls():
                shown = row["number"] and row["number"]["text"]
                if shown == number and row["state"] == "queued":
                    return str(row["key"])
            await asyncio.sleep(0.02)
