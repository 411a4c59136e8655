"""Asking the simulated city for a scenario, over its control socket."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from kentongan.app.ports import Unavailable
from kentongan.settings import Settings

ANSWER_S = 5.0
"""Longest wait for the simulated city, seconds."""

LINE_BYTES_MAX = 4_096
"""Longest line on the socket."""


def scenario_starter(settings: Settings) -> Callable[[str], Awaitable[None]]:
    """A function that lets a scenario's calls ring; it raises `Unavailable` or `KeyError`."""

    async def start(key: str) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(
                    str(settings.world_socket), limit=LINE_BYTES_MAX
                )
                writer.write(msgspec.json.encode({"do": "scenario", "key": key}) + b"\n")
                answer = msgspec.json.decode(await reader.readline(), type=dict[str, str])
                writer.close()
        except (OSError, TimeoutError, msgspec.DecodeError):
            raise Unavailable("demo") from None
        if answer.get("outcome") != "started":
            raise KeyError(key)

    return start
