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


def trainer_of(settings: Settings) -> Callable[[dict[str, str]], Awaitable[dict[str, str]]]:
    """A function that gives the simulated city an order; it raises `Unavailable`."""

    async def order(asked: dict[str, str]) -> dict[str, str]:
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(
                    str(settings.world_socket), limit=LINE_BYTES_MAX
                )
                writer.write(msgspec.json.encode(asked) + b"\n")
                answer = msgspec.json.decode(await reader.readline(), type=dict[str, str])
                writer.close()
        except (OSError, TimeoutError, msgspec.DecodeError):
            raise Unavailable("demo") from None
        return answer

    return order


def scenario_starter(settings: Settings) -> Callable[[str], Awaitable[None]]:
    """A function that lets a scenario's calls ring; it raises `Unavailable` or `KeyError`."""

    order = trainer_of(settings)

    async def start(key: str) -> None:
        answer = await order({"do": "scenario", "key": key})
        if answer.get("outcome") != "started":
            raise KeyError(key)

    return start
