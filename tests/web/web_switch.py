"""A switch for the tests of the web process: a control socket that says what a test wants."""

import asyncio
import contextlib
import json
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kentongan.switch_line import is_proof, proof


class FakeSwitch:
    """A control socket that answers as a test wants and remembers what it was asked.

    With a secret it is the switch of another node: it listens on a TCP port of the loopback.
    """

    def __init__(self, path: Path, secret: bytes = b"", port: int = 0) -> None:
        self.path = path
        self.port = port
        self._secret = secret
        self.asked: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = lambda _asked: {"events": []}
        self._writers: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._server: asyncio.Server | None = None
        self._opened = threading.Event()
        self._thread.start()
        assert self._opened.wait(5)

    def push(self, line: dict[str, Any]) -> None:
        """Send a line nobody asked for."""
        asyncio.run_coroutine_threadsafe(self._push(line), self._loop).result(5)

    def close(self) -> None:
        """Hang up and stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self.path.unlink(missing_ok=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._open())
        self._opened.set()
        self._loop.run_forever()
        for writer in self._writers:
            writer.close()
        if self._server is not None:
            self._server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _open(self) -> None:
        if not self._secret:
            self._server = await asyncio.start_unix_server(self._serve, self.path)
            return
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            if self._secret and not await self._prove(reader, writer):
                writer.close()
                return
            self._writers.append(writer)
            while line := await reader.readline():
                asked = json.loads(line)
                self.asked.append(asked)
                answer = self.answer(asked)
                if answer.get("is_dead"):
                    writer.transport.abort()
                    return
                writer.write(json.dumps({"n": asked["n"], **answer}).encode() + b"\n")

    async def _prove(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        own = secrets.token_hex(32)
        writer.write(json.dumps({"challenge": own}).encode() + b"\n")
        said = json.loads(await reader.readline())
        theirs = said["challenge"]
        answer = {"proof": proof(self._secret, "switch", own, theirs)}
        writer.write(json.dumps(answer).encode() + b"\n")
        return is_proof(said["proof"], self._secret, "web", theirs, own)

    async def _push(self, line: dict[str, Any]) -> None:
        for writer in self._writers:
            writer.write(json.dumps(line).encode() + b"\n")
            await writer.drain()
