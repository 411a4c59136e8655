"""The control line for the `web` processes of other nodes: TCP, TLS where there is a certificate.

A client first proves that it knows the shared secret, and is shown that we know it; who cannot is
hung up on, and the log says so once for each source. After that it is a client of the control
socket like any other. It may fail without harm to the switch: an address that is not there yet or
a secret that cannot be read is said in health, and tried again.
"""

import asyncio
import contextlib
import secrets
from collections import Counter
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.edge.switch.control import LINE_BYTES_MAX, ControlSocket
from kentongan.edge.switch.notices import Notices
from kentongan.switch_line import (
    CHALLENGE_CHARS,
    PROOF_LINE_BYTES_MAX,
    PROOF_S,
    LineAddress,
    LineError,
    LineTls,
    is_proof,
    notice_death,
    proof,
    read_secret,
    server_context,
)

UNPROVED_MAX: Final = 64
"""Connections at once that have proved nothing yet; each ends after `PROOF_S`."""

SOURCE_MAX: Final = 8
"""Connections at once from one address: a node runs one `web`, or a few."""

TRY_AGAIN_S: Final = 5.0
"""Pause before it is tried again to listen, seconds."""


class Opening(Struct, frozen=True):
    """What a client says first: its own challenge and its proof for ours."""

    challenge: str
    proof: str


class WrongProof(Exception):  # noqa: N818 - a word about the client
    """The client did not prove itself."""


class ControlListener:
    """Listens for other nodes. `problem` says why it does not."""

    def __init__(
        self, address: LineAddress, secret_file: str, tls: LineTls, control: ControlSocket
    ) -> None:
        self._address = address
        self._secret_file = secret_file
        self._tls = tls
        self._control = control
        self._notices = Notices()
        self._sources: Counter[str] = Counter()
        self._unproved = 0
        self._server: asyncio.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.problem: str | None = "not_open_yet"

    def start(self) -> None:
        """Begin to listen, as soon as that is possible."""
        self._task = asyncio.get_running_loop().create_task(self._open(), name="control line")

    async def close(self) -> None:
        """Listen no more; clients are the control socket's."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._server is not None:
            self._server.close()

    async def _open(self) -> None:
        while self._server is None:
            try:
                read_secret(self._secret_file)
                context = server_context(self._tls)
                self._server = await asyncio.start_server(
                    self._serve,
                    self._address.host,
                    self._address.port,
                    limit=LINE_BYTES_MAX,
                    ssl=context,
                    ssl_handshake_timeout=None if context is None else PROOF_S,
                )
            except (OSError, LineError) as error:
                self.problem = str(error)[:200]
                self._notices.say("control_line_closed", str(self._address), self.problem)
                await asyncio.sleep(TRY_AGAIN_S)
        self.problem = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = _source_of(writer)
        if self._unproved >= UNPROVED_MAX or self._sources[source] >= SOURCE_MAX:
            self._notices.say("control_line_full", source, "hung up on")
            writer.close()
            return
        self._sources[source] += 1
        try:
            notice_death(writer.get_extra_info("socket"))
            if await self._is_proved(reader, writer, source):
                await self._control.serve(reader, writer)
        finally:
            self._sources[source] -= 1
            self._sources += Counter()  # forgets those with none left
            with contextlib.suppress(OSError):
                writer.close()

    async def _is_proved(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: str
    ) -> bool:
        self._unproved += 1
        try:
            async with asyncio.timeout(PROOF_S):
                await self._prove(reader, writer)
        except LineError as error:
            self._notices.say("control_secret_unreadable", source, str(error))
        except (WrongProof, msgspec.DecodeError):
            self._notices.say("control_proof_wrong", source, "does not know the secret; hung up on")
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):  # or too slow
            self._notices.say("control_proof_missing", source, "said nothing; hung up on")
        else:
            return True
        finally:
            self._unproved -= 1
        return False

    async def _prove(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both ways. Raises whatever can go wrong with a stranger."""
        own = secrets.token_hex(CHALLENGE_CHARS // 2)
        writer.write(msgspec.json.encode({"challenge": own}) + b"\n")
        line = await reader.readuntil(b"\n")
        if len(line) > PROOF_LINE_BYTES_MAX:
            raise WrongProof
        said = msgspec.json.decode(line, type=Opening)
        secret = read_secret(self._secret_file)
        if len(said.challenge) != CHALLENGE_CHARS or not is_proof(
            said.proof, secret, "web", said.challenge, own
        ):
            raise WrongProof
        answer = {"proof": proof(secret, "switch", own, said.challenge)}
        writer.write(msgspec.json.encode(answer) + b"\n")
        await writer.drain()


def _source_of(writer: asyncio.StreamWriter) -> str:
    peer: tuple[str, ...] | None = writer.get_extra_info("peername")
    return peer[0] if peer else "?"
