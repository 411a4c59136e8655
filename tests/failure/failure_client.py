"""A screen without a browser: signs in, sends commands over HTTP, follows the room over WebSocket.

It does what the page does when something is away: the same command again under the same id until
there is an answer, and the line again with the last number seen. So what it counts as acknowledged
is what a person was told.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import msgspec
from msgspec import Struct
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

RETRY_S = 0.2
"""Pause before the same is tried again."""

PATIENCE_S = 60.0
"""Longest wait for an answer that says something."""

AWAY = (httpx.TransportError, OSError)
Frame = dict[str, Any]


class Answer(Struct, frozen=True):
    """What a command led to: the HTTP status, the body, how often it was sent."""

    status: int
    body: dict[str, Any]
    attempts: int = 1

    @property
    def is_done(self) -> bool:
        """It went through."""
        return self.status == 200


class Screen:
    """Somebody signed in. `acknowledged` maps command ids to the tags of their events."""

    def __init__(self, address: str, name: str, password: str) -> None:
        self.name = name
        self.acknowledged: dict[str, tuple[str, ...]] = {}
        self.last = 0
        self._address = address
        self._password = password
        self._http = httpx.AsyncClient(
            base_url=address,
            headers={"Origin": address},
            timeout=10.0,
            trust_env=False,
        )

    async def sign_in(self) -> None:
        """Sign in, again and again while the centre is away."""
        body = {"name": self.name, "password": self._password}
        answer = await self.post("/api/session", body, until_there=True)
        assert answer.status == 200, answer
        self._http.headers["X-Kentongan-Csrf"] = answer.body["csrf"]

    async def sign_out_everywhere(self) -> None:
        """End every session of this person."""
        answer = await self._http.delete("/api/session?everywhere=1")
        assert answer.status_code == 200, answer

    async def close(self) -> None:
        """Leave."""
        await self._http.aclose()

    async def post(
        self, path: str, body: Mapping[str, object], *, until_there: bool = False
    ) -> Answer:
        """Send; with `until_there` again while there is no answer or only "not now" (503)."""
        content = msgspec.json.encode(body)
        end, attempts = time.monotonic() + PATIENCE_S, 0
        while True:
            attempts += 1
            try:
                found = await self._http.post(path, content=content)
            except AWAY:
                if not until_there or time.monotonic() > end:
                    raise
            else:
                if found.status_code != 503 or not until_there or time.monotonic() > end:
                    return Answer(found.status_code, found.json(), attempts)
            await asyncio.sleep(RETRY_S)

    async def get(self, path: str) -> Answer:
        """Read."""
        found = await self._http.get(path)
        return Answer(found.status_code, found.json())

    async def command(self, kind: str, **fields: object) -> Answer:
        """Send a command under a new id until there is an answer."""
        return await self.send(f"t-{secrets.token_hex(8)}", kind, fields)

    async def send(
        self, key: str, kind: str, fields: Mapping[str, object], *, until_there: bool = True
    ) -> Answer:
        """Send a command under that id; an acknowledged one is remembered."""
        body = {"id": key, "command": {"type": kind, **fields}}
        answer = await self.post("/api/commands", body, until_there=until_there)
        if answer.is_done:
            self.acknowledged[key] = tuple(answer.body["events"])
        return answer

    async def must(self, kind: str, **fields: object) -> Answer:
        """A command that has to go through."""
        answer = await self.command(kind, **fields)
        assert answer.is_done, (kind, answer)
        return answer

    async def follow(self, take: Callable[[Frame], None]) -> None:
        """Give every frame to `take`, for ever; a lost line is opened again at its last number."""
        while True:
            with contextlib.suppress(*AWAY, WebSocketException, TimeoutError):
                async with self.line(self.last or None) as line:
                    async for text in line:
                        frame: Frame = msgspec.json.decode(text)
                        if "rows" in frame:
                            self.last = frame.get("seq", self.last)
                        take(frame)
            await asyncio.sleep(RETRY_S)

    def line(self, since: int | None = None) -> connect:
        """The WebSocket, as a page opens it."""
        cookies = "; ".join(f"{key}={value}" for key, value in self._http.cookies.items())
        query = f"?since={since}" if since is not None else ""
        return connect(
            f"{self._address.replace('http', 'ws', 1)}/ws{query}",
            origin=self._address,  # type: ignore[arg-type] - a string by another name
            additional_headers={"Cookie": cookies},
            compression=None,
            max_size=None,
            proxy=None,
        )
