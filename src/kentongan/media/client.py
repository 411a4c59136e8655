"""The switch's end of the control socket: requests, events, and coming back by itself.

It connects again each 20 ms for as long as it takes, asks for the events it missed, and says
whether it found the same process or a new one, whose bridges must be made again. Events arrive
once and in order.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from kentongan.media.protocol import (
    LINE_BYTES_MAX,
    AnyCommand,
    AnyEvent,
    Create,
    Destroy,
    List,
    Listing,
    Missed,
    Reply,
    Rtp,
    RtpAddress,
    Since,
    Watch,
    Web,
    WebAnswer,
)

RECONNECT_S: Final = 0.02  # a restarted process is found within a tick
REPLY_S_MAX: Final = 5.0  # a process that takes longer is not usable for a call
REQUESTS_WAITING_MAX: Final = 1000  # building 80 bridges anew asks for about 400 things
REPLY_BYTES_MAX: Final = 16 * LINE_BYTES_MAX  # a list of 80 bridges of 8 legs has 200 kB
ReplyType = TypeVar("ReplyType", bound=Reply)
_log: Final = logging.getLogger(__name__)
_encoder: Final = msgspec.json.Encoder()
_event_decoder: Final = msgspec.json.Decoder(AnyEvent)


class MediaRefusedError(Exception):
    """The process answered that it will not; `key` says why (`full`, `no-bridge`, `offer` …)."""

    def __init__(self, key: str, detail: str) -> None:
        super().__init__(f"{key}: {detail}")
        self.key = key
        self.detail = detail


class MediaUnavailableError(Exception):
    """No connection, or no reply within 5 s; whether the command was carried out is not known."""


class Connected(msgspec.Struct, frozen=True):
    """A connection stands. If `is_new_process`, no bridge of before exists there any more."""

    epoch: str
    is_new_process: bool
    is_complete: bool
    """Whether no event was lost in between."""


class _Heading(msgspec.Struct):
    n: int | None = None
    ev: str | None = None
    error: str | None = None
    detail: str = ""


class MediaClient:
    """One media process, by the path of its socket."""

    def __init__(
        self,
        socket_path: Path,
        *,
        on_event: Callable[[AnyEvent], None],
        on_connected: Callable[[Connected], None] | None = None,
        on_lost: Callable[[], None] | None = None,
        position: tuple[str, int] = ("", 0),
    ) -> None:
        """`position` is where an earlier client's events ended, for a switch that was restarted."""
        self._path = socket_path
        self._on_event = on_event
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._n = 0
        self._epoch, self._seq = position
        self._is_told = False  # whether the missed events of this connection have been told
        self._ready = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        """Whether a request would be sent now."""
        return self._ready.is_set()

    @property
    def position(self) -> tuple[str, int]:
        """The process and the number of the last event told: what a successor needs."""
        return self._epoch, self._seq

    def start(self) -> None:
        """Connect, and connect again whenever it is lost."""
        self._task = asyncio.create_task(self._stay_connected())

    async def connected(self) -> None:
        """Wait for a connection."""
        await self._ready.wait()

    async def close(self) -> None:
        """Hang up; the process and its calls go on."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def create(
        self, bridge: str, record: str | None = None, *, key_id: str = "", key: str = ""
    ) -> None:
        """Make a bridge; see `protocol.Create`. All of these raise the two errors above."""
        await self.request(Create(bridge=bridge, record=record, key_id=key_id, key=key), Reply)

    async def rtp(self, command: Rtp) -> RtpAddress:
        """Add a SIP leg, or give it another remote address."""
        return await self.request(command, RtpAddress)

    async def web(self, command: Web) -> str:
        """Add a browser's leg; the SDP answer."""
        return (await self.request(command, WebAnswer)).sdp

    async def destroy(self, bridge: str) -> None:
        """End a bridge."""
        await self.request(Destroy(bridge=bridge), Reply)

    async def list(self) -> Listing:
        """Everything that runs there."""
        return await self.request(List(), Listing)

    async def watch(self, *, on: bool) -> None:
        """Ask for voice levels, or no longer; a new connection must ask again."""
        await self.request(Watch(on=on), Reply)

    async def request(self, command: AnyCommand, reply: type[ReplyType]) -> ReplyType:
        """Send a command and wait for its reply."""
        if not self.is_connected:
            raise MediaUnavailableError(str(self._path))
        return await self._ask(command, reply)

    async def _ask(self, command: AnyCommand, reply: type[ReplyType]) -> ReplyType:
        if self._writer is None or len(self._waiting) >= REQUESTS_WAITING_MAX:
            raise MediaUnavailableError(str(self._path))
        self._n += 1
        number = self._n
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(_encoder.encode(replace(command, n=number)) + b"\n")
        try:
            line = await asyncio.wait_for(future, REPLY_S_MAX)
        except TimeoutError as error:
            raise MediaUnavailableError(f"no reply within {REPLY_S_MAX} s") from error
        finally:
            self._waiting.pop(number, None)
        return msgspec.json.decode(line, type=reply)

    async def _stay_connected(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(
                    self._path, limit=REPLY_BYTES_MAX
                )
            except OSError:
                await asyncio.sleep(RECONNECT_S)
                continue
            try:
                await self._converse(reader, writer)
            finally:
                self._hang_up(writer)
            await asyncio.sleep(RECONNECT_S)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer, self._is_told = writer, False
        number = self._n = self._n + 1
        greeting = Since(n=number, seq=self._seq, epoch=self._epoch)
        writer.write(_encoder.encode(greeting) + b"\n")
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
                return
            try:
                self._take_line(line, number)
            except msgspec.DecodeError:  # a word of a newer version: the others still count
                _log.exception("a line from %s", self._path)

    def _take_line(self, line: bytes, greeting: int) -> None:
        heading = msgspec.json.decode(line, type=_Heading)
        if heading.ev is not None:
            self._take_event(_event_decoder.decode(line))
        elif heading.n == greeting:
            self._take_missed(msgspec.json.decode(line, type=Missed))
        else:
            self._take_reply(heading, line)

    def _take_event(self, event: AnyEvent) -> None:
        """Until the missed ones have come, newer events are left out: they are among them."""
        if not self._is_told:
            return
        if event.seq:
            self._seq = event.seq
        self._tell(event)

    def _take_missed(self, missed: Missed) -> None:
        is_new = missed.epoch != self._epoch
        self._epoch, self._is_told = missed.epoch, True
        self._seq = missed.seq
        self._ready.set()
        if self._on_connected is not None:
            self._on_connected(Connected(missed.epoch, is_new, missed.is_complete))
        for event in missed.events:
            self._tell(event)

    def _tell(self, event: AnyEvent) -> None:
        try:
            self._on_event(event)
        except Exception:  # noqa: BLE001  outermost: a fault in the switch must not end the connection
            _log.exception("event %s", event)

    def _take_reply(self, heading: _Heading, line: bytes) -> None:
        future = self._waiting.get(heading.n) if heading.n is not None else None
        if future is None or future.done():
            return
        if heading.error is not None:
            future.set_exception(MediaRefusedError(heading.error, heading.detail))
        else:
            future.set_result(line)

    def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        was_ready = self.is_connected
        self._ready.clear()
        self._writer = None
        writer.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(MediaUnavailableError("the connection was lost"))
        if was_ready and self._on_lost is not None:
            self._on_lost()
