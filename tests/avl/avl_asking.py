"""Requests of devices over real sockets, for tests."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

from avl_room import NOON, TOKENS, Story

Play = Callable[[Story], None]
HOST = "127.0.0.1"
TOKEN = TOKENS["AMB01"]
BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def ask(
    port: int,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own."""
    reader, writer = await asyncio.open_connection(HOST, port)
    lines = [f"{method} {path} HTTP/1.1", "Host: centre", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    found = await answer(reader)
    writer.close()
    return found


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """The next answer of a connection."""
    async with asyncio.timeout(10):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = [line.partition(": ") for line in head[1:] if line]
        headers = {name.lower(): value for name, _, value in pairs}
        body = await reader.readexactly(int(headers["content-length"]))
    return int(head[0].split()[1]), headers, body


def at(second: float) -> int:
    """Seconds since 1970 of that second after noon."""
    return int((NOON + timedelta(seconds=second)).timestamp())


def location(second: float, lat: float = -6.98) -> bytes:
    """An OwnTracks location."""
    said = {"_type": "location", "lat": lat, "lon": 110.41, "tst": at(second), "acc": 5}
    return json.dumps(said).encode()
