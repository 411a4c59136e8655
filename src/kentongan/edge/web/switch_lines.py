"""Opens the line to the switch of another machine: TCP or TLS, and each side proves itself first.

What comes out is a line like the one to our own switch. A switch that does not know the secret is
left at once, and said in the log once, until the line has been open again.
"""

import asyncio
import contextlib
import logging
import secrets
from typing import TypeVar

import msgspec
from msgspec import Struct

from kentongan.edge.web.switch_client import LINE_BYTES_MAX
from kentongan.switch_line import (
    CHALLENGE_CHARS,
    PROOF_LINE_BYTES_MAX,
    PROOF_S,
    LineError,
    OtherSwitch,
    client_context,
    is_proof,
    notice_death,
    proof,
    read_secret,
)

Said = TypeVar("Said", bound=Struct)

_log = logging.getLogger(__name__)


class _Challenge(Struct, frozen=True):
    challenge: str


class _Proof(Struct, frozen=True):
    proof: str


class OtherLine:
    """Opens the line to one other switch, again and again; says each new trouble once."""

    def __init__(self, other: OtherSwitch) -> None:
        self._other = other
        self.problem: str | None = None

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A line on which both sides are proved. Raises `OSError`."""
        try:
            async with asyncio.timeout(PROOF_S):
                opened = await self._opened()
        except (LineError, OSError) as error:
            self._say(str(error) or "did not answer in time")
            raise ConnectionError(self.problem) from error
        self.problem = None
        return opened

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = self._other.address
        secret = read_secret(self._other.secret_file)
        context = client_context(self._other.ca_file)
        reader, writer = await asyncio.open_connection(
            address.host, address.port, limit=LINE_BYTES_MAX, ssl=context
        )
        try:
            notice_death(writer.get_extra_info("socket"))
            await _prove(reader, writer, secret)
        except BaseException:
            with contextlib.suppress(OSError):
                writer.close()
            raise
        return reader, writer

    def _say(self, problem: str) -> None:
        if problem != self.problem:
            _log.warning("the switch at %s: %s", self._other.address, problem)
        self.problem = problem


async def _prove(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secret: bytes) -> None:
    theirs = (await _said(reader, _Challenge)).challenge
    if len(theirs) != CHALLENGE_CHARS:
        raise LineError("sent no challenge")
    own = secrets.token_hex(CHALLENGE_CHARS // 2)
    opening = {"challenge": own, "proof": proof(secret, "web", own, theirs)}
    writer.write(msgspec.json.encode(opening) + b"\n")
    await writer.drain()
    said = (await _said(reader, _Proof)).proof
    if not is_proof(said, secret, "switch", theirs, own):
        raise LineError("does not know the secret")


async def _said(reader: asyncio.StreamReader, kind: type[Said]) -> Said:
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError:
        raise LineError("hung up before both sides were proved; is the secret the same?") from None
    except asyncio.LimitOverrunError:
        raise LineError("is no switch") from None
    try:
        return msgspec.json.decode(line[:PROOF_LINE_BYTES_MAX], type=kind)
    except msgspec.DecodeError:
        raise LineError("is no switch") from None
