"""The control socket: JSON lines in, replies and events out, for any number of switches.

A line that cannot be read gets an error, a line beyond the limit ends the connection; neither
touches a call. A reader who is too slow is cut off: it can return and ask `since`.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec

from kentongan.media.protocol import (
    LINE_BYTES_MAX,
    AnyCommand,
    AnyEvent,
    CommandRefusedError,
    Failed,
    Level,
    Play,
    Reply,
    Watch,
)

CONNECTIONS_MAX: Final = 16  # the switch, its successor, an engineer
UNSENT_BYTES_MAX: Final = 4 * 1024 * 1024  # then the reader is gone or hangs
PLAYS_WAITING_MAX: Final = 64  # sounds being read from a slow disk, per connection
_log: Final = logging.getLogger(__name__)
_decoder: Final = msgspec.json.Decoder(AnyCommand)
_encoder: Final = msgspec.json.Encoder()
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Numbered(msgspec.Struct):
    n: int = 0


class AlreadyRunningError(Exception):
    """Another process answers on the control socket."""


class ControlSocket:
    """The listening socket and its connections."""

    def __init__(self, path: Path, handle: Callable[[AnyCommand], Awaitable[Reply]]) -> None:
        self._path = path
        self._handle = handle
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    @property
    def is_watched(self) -> bool:
        """Whether anybody asked for voice levels."""
        return any(connection.watches for connection in self._connections)

    async def open(self) -> None:
        """Listen; raises `AlreadyRunningError` rather than take a socket from a living process."""
        if _answers(self._path):
            raise AlreadyRunningError(str(self._path))
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        self._server = await asyncio.start_unix_server(
            self._serve, path=self._path, limit=LINE_BYTES_MAX
        )
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Hang up and remove the socket."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._connections):
            connection.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def publish(self, event: AnyEvent) -> None:
        """Tell everybody; levels only those who watch."""
        line = _encoder.encode(event) + b"\n"
        for connection in list(self._connections):
            if connection.watches or not isinstance(event, Level):
                connection.send(line)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= CONNECTIONS_MAX:
            writer.close()
            return
        connection = _Connection(reader, writer, self._handle)
        self._connections.add(connection)
        try:
            await connection.run()
        except Exception:  # noqa: BLE001  outermost: one connection's fault is not the others'
            _log.exception("a control connection")
        finally:
            self._connections.discard(connection)
            connection.close()


class _Connection:
    """One switch."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handle: Callable[[AnyCommand], Awaitable[Reply]],
    ) -> None:
        self.watches = False
        self._reader = reader
        self._writer = writer
        self._handle = handle
        self._plays: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        while True:
            try:
                line = await self._reader.readuntil(b"\n")
            except asyncio.LimitOverrunError:
                self._reply(Failed(error="too-long", detail=f"{LINE_BYTES_MAX} bytes"))
                return
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            await self._take(line)
            await asyncio.sleep(0)  # a burst of commands must not hold up the tick

    def send(self, line: bytes) -> None:
        if self._writer.transport.get_write_buffer_size() > UNSENT_BYTES_MAX:
            _log.warning("a control connection does not read; it is cut off")
            self._writer.transport.abort()
        else:
            self._writer.write(line)

    def close(self) -> None:
        self._writer.close()

    async def _take(self, line: bytes) -> None:
        try:
            command = _decoder.decode(line)
        except _UNREADABLE as error:
            self._reply(Failed(n=_number(line), error="malformed", detail=str(error)))
            return
        match command:
            case Watch():
                self.watches = command.on
                self._reply(Reply(n=command.n))
            case Play():
                self._play(command)
            case _:
                await self._answer(command)

    def _play(self, command: Play) -> None:
        """Beside the others: a sound on a slow disk must not hold up the next command."""
        if len(self._plays) >= PLAYS_WAITING_MAX:
            self._reply(Failed(n=command.n, error="full", detail=f"{len(self._plays)} sounds"))
            return
        task = asyncio.ensure_future(self._answer(command))
        self._plays.add(task)
        task.add_done_callback(self._plays.discard)

    async def _answer(self, command: AnyCommand) -> None:
        try:
            reply = await self._handle(command)
        except CommandRefusedError as refused:
            reply = Failed(n=command.n, error=refused.key, detail=refused.detail)
        except Exception as fault:  # noqa: BLE001  outermost: a fault in a command harms no call
            _log.exception("command %s", type(command).__name__)
            reply = Failed(n=command.n, error="fault", detail=repr(fault))
        self._reply(reply)

    def _reply(self, reply: Reply) -> None:
        self.send(_encoder.encode(reply) + b"\n")


def _number(line: bytes) -> int:
    """The number of a command that is otherwise wrong, 0 if it has none."""
    try:
        return msgspec.json.decode(line, type=_Numbered).n
    except _UNREADABLE:
        return 0


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
