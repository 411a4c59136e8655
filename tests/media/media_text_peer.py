"""A text telephone in tests: types and reads T.140 over a socket, on its own code.

It shares no code with ours beyond the cipher, so that a mistake made twice would show: packets are
put together and taken apart here by RFC 4103 alone. It can lose packets on the way out and in.
"""

import asyncio
import random
import secrets
import socket
import struct
import time
from typing import Protocol

T140, RED = 98, 100
PACE_S = 0.3


class Cipher(Protocol):
    """What of an SRTP session is used."""

    def protect(self, packet: bytes) -> bytes: ...

    def unprotect(self, packet: bytes) -> bytes | None: ...


class TextPeer:
    """One text line. `type` sends and returns when all is out, repetitions included."""

    def __init__(self, *, host: str = "127.0.0.1", loss: float = 0.0, seed: int = 1) -> None:
        self.srtp: Cipher | None = None
        self.remote = ("", 0)
        self.shown = ""  # with \b and \n as they came
        self.read_packets = 0
        self._loss = loss
        self._chance = random.Random(seed)
        self._lost_in_a_row = [0, 0]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        self._ssrc, self._sequence = secrets.randbits(32), 65_534
        self._history: list[tuple[int, str]] = [(0, ""), (0, "")]
        self._began_at = time.monotonic()
        self._expected: int | None = None
        self._ssrc_heard = -1
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Where it reads."""
        return int(self._socket.getsockname()[1])

    def point_at(self, host: str, port: int) -> None:
        """Where the other side reads; from now on it listens."""
        self.remote = (host, port)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._listen())

    async def type(self, text: str, piece: int = 4) -> None:
        """A few characters in each packet, then the two that only repeat."""
        pieces = [text[at : at + piece] for at in range(0, len(text), piece)]
        for each in (*pieces, "", ""):
            self.say(each)
            await asyncio.sleep(PACE_S / 10)

    def say(self, text: str) -> None:
        """One packet: this, and what the two before it said."""
        stamp = round((time.monotonic() - self._began_at) * 1_000)
        said = text.replace("\n", "\u2028").encode()
        heads = b"".join(
            struct.pack(
                "!I",
                1 << 31 | T140 << 24 | min(stamp - at, 16_383) << 10 | len(earlier.encode()),
            )
            for at, earlier in self._history
        )
        bodies = "".join(earlier for _, earlier in self._history).encode()
        payload = heads + bytes([T140]) + bodies + said
        is_first = bool(said) and not any(earlier for _, earlier in self._history)
        kind = RED | (0x80 if is_first else 0)
        head = struct.pack("!BBHII", 0x80, kind, self._sequence, stamp, self._ssrc)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._history = [*self._history[1:], (stamp, said.decode())]
        if not self._is_lost(0):
            packet = head + payload
            self._socket.sendto(self.srtp.protect(packet) if self.srtp else packet, self.remote)

    async def until_read(self, text: str, within_s: float = 15.0) -> None:
        """Wait until what was read, erasures carried out, ends with this."""
        try:
            async with asyncio.timeout(within_s):
                while not self.displayed.endswith(text):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"waited for {text!r}, read {self.displayed!r}") from None

    @property
    def displayed(self) -> str:
        """What its display shows."""
        shown = ""
        for character in self.shown:
            shown = shown[:-1] if character == "\b" else shown + character
        return shown

    def close(self) -> None:
        """Switch it off."""
        if self._task is not None:
            self._task.cancel()
        self._socket.close()

    def _is_lost(self, way: int) -> bool:
        """By chance, never three in a row."""
        lost = self._lost_in_a_row[way] < 2 and self._chance.random() < self._loss
        self._lost_in_a_row[way] = self._lost_in_a_row[way] + 1 if lost else 0
        return lost

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            data = await loop.sock_recv(self._socket, 2_000)
            packet = self.srtp.unprotect(data) if self.srtp else data
            if packet is not None and len(packet) > 12 and not self._is_lost(1):
                self._read(packet)

    def _read(self, packet: bytes) -> None:
        _, kind, sequence, _, ssrc = struct.unpack_from("!BBHII", packet)
        payload, blocks = packet[12:], list[bytes]()
        if kind & 0x7F == RED:
            lengths: list[int] = []
            while payload[0] & 0x80:
                lengths.append(struct.unpack_from("!I", payload)[0] & 0x3FF)
                payload = payload[4:]
            payload = payload[1:]
            for length in lengths:
                blocks.append(payload[:length])
                payload = payload[length:]
        blocks.append(payload)
        self.read_packets += 1
        if ssrc != self._ssrc_heard or self._expected is None:
            self._ssrc_heard, self._expected = ssrc, (sequence - len(blocks) + 1) & 0xFFFF
        for place, block in enumerate(blocks):
            number = (sequence - len(blocks) + 1 + place) & 0xFFFF
            if number == self._expected:
                self.shown += block.decode().replace("\ufeff", "").replace("\u2028", "\n")
                self._expected = (number + 1) & 0xFFFF
