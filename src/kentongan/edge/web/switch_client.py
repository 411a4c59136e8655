"""The web process's line to one switch: JSON lines over a socket, answers matched by number.

How the line is opened is given: to the switch of this machine, or to another one (`switch_lines`).
It keeps one connection, opens it again soon when the switch was away, and fails questions at once
with `SwitchAway` until then: a click must not hang. A question whose answer is lost may have
been done; the same command id asked again tells. Pushed lines go to the listener given.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from kentongan.core.commands import Envelope
from kentongan.core.words import Refused

RETRY_S: Final = 0.05
"""First pause before the switch is tried again, seconds: killed, it is back after about 0.1 s."""

ANSWER_S: Final = 5.0
"""Longest wait for an answer, seconds; the browser gives up after 8."""

RETRY_S_MAX: Final = 1.0
"""Longest such pause: it doubles as long as the switch says nothing, for one that stays away."""

LINE_BYTES_MAX: Final = 4_000_000
"""Longest line from the switch: many times what it sends, the longest being a page of its list."""

PAGES_MAX: Final = 200
"""Pages of one list, of 300 calls each: more than a switch keeps."""

ASKED_MAX: Final = 1_000
"""Questions open at once; a room of 200 desks never comes near."""

_log = logging.getLogger(__name__)

Pushed = Callable[[dict[str, Any]], None]

OpenLine = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
"""Opens a line that is ready for questions. Raises `OSError` or `ValueError`."""


class SwitchAway(Exception):  # noqa: N818 - a state of the neighbour, named like one
    """The switch did not answer."""


class SwitchFailed(Exception):  # noqa: N818 - an answer for now
    """The switch could not do it now; `why` is its key."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class SwitchClient:
    """Asks the switch and listens to it. `found` is called when the line is open, each time."""

    def __init__(
        self,
        line: Path | OpenLine,
        pushed: Pushed,
        retry_s: float = RETRY_S,
        found: Callable[[], None] = lambda: None,
    ) -> None:
        self._open = open_socket(line) if isinstance(line, Path) else line
        self._pushed = pushed  # called with each line that answers no question
        self._retry_s = self._pause_s = retry_s
        self._found = found
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._last = 0
        self._task: asyncio.Task[None] | None = None
        self.reached = asyncio.Event()

    def start(self) -> None:
        """Begin to keep the line open."""
        self._task = asyncio.create_task(self._keep_open(), name="switch line")

    async def stop(self) -> None:
        """Close the line."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def command(self, envelope: Envelope) -> dict[str, Any]:
        """Let the switch decide a command to a call; `Refused` when it says no."""
        return await self.ask("command", envelope=envelope)

    async def media(
        self, call: str, desk: str, agent: str, sdp: str, *, restart: bool = False
    ) -> str:
        """The answer to a browser's media offer (SDP); `restart` when only its network changed."""
        answer = await self.ask(
            "media", call=call, desk=desk, agent=agent, sdp=sdp, restart=restart
        )
        return str(answer.get("sdp", ""))

    async def calls(self) -> list[Any]:
        """The rows of all calls that the switch has in hand, as it wrote them, page after page."""
        rows: list[Any] = []
        after = ""
        for _ in range(PAGES_MAX):
            page = await self.ask("list", after=after)
            told = page.get("calls")
            rows += cast("list[Any]", told) if isinstance(told, list) else []
            after = str(page.get("next", ""))
            if not after:
                return rows
        raise SwitchFailed("endless_list")

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """Ask one question and wait for its answer."""
        writer = self._writer
        if writer is None or len(self._asked) >= ASKED_MAX:
            raise SwitchAway
        self._last += 1
        number = self._last
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            async with asyncio.timeout(ANSWER_S):
                writer.write(msgspec.json.encode({"n": number, "do": do, **fields}) + b"\n")
                await writer.drain()
                return _understood(await answer)
        except (TimeoutError, OSError) as error:
            raise SwitchAway from error
        finally:
            self._asked.pop(number, None)

    async def _keep_open(self) -> None:
        while True:
            with contextlib.suppress(OSError, ValueError):
                reader, self._writer = await self._open()
                self.reached.set()
                self._found()
                try:
                    await self._listen(reader)
                finally:
                    self._lost()
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, RETRY_S_MAX)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            try:
                value: Any = msgspec.json.decode(line)
            except msgspec.DecodeError:
                _log.warning("the switch sent a line that is not JSON")
                return
            self._pause_s = self._retry_s
            self._take(value)

    def _take(self, value: Any) -> None:
        if not isinstance(value, dict):
            return
        line = cast("dict[str, Any]", value)
        number = line.get("n")
        if number is None:
            self._pushed(line)
            return
        answer = self._asked.get(number)
        if answer is not None and not answer.done():
            answer.set_result(line)

    def _lost(self) -> None:
        self.reached.clear()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(SwitchAway())


def open_socket(path: Path) -> OpenLine:
    """A line to the switch of this machine."""
    return lambda: asyncio.open_unix_connection(str(path), limit=LINE_BYTES_MAX)


def _understood(answer: dict[str, Any]) -> dict[str, Any]:
    if "refused" in answer:
        details: dict[str, Any] = answer.get("details") or {}
        raise Refused(str(answer["refused"]), **{k: str(v) for k, v in details.items()})
    if "error" in answer:
        raise SwitchFailed(str(answer["error"])[:200])
    return answer
