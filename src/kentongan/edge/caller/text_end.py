"""A simulated telephone's text: types at a person's pace, and keeps what it reads.

T.140 over RTP with redundancy (RFC 4103), one UDP socket. Nothing here knows SIP.
"""

import asyncio
import secrets
from collections.abc import Callable

from kentongan.media import rtp
from kentongan.media.rtp import OutboundStream
from kentongan.media.t140 import BACKSPACE, erased
from kentongan.media.text_rtp import TextReceiver, TextSender
from kentongan.sip.text_line import Text

TICK_S = 0.05
LETTERS_PER_S = 6.0
"""A quick typist on a telephone."""


class TextEnd(asyncio.DatagramProtocol):
    """One text line. `open`, `point_at`, `type`; `close` in the end. `read` gets what comes."""

    def __init__(self, read: Callable[[str], None] | None = None) -> None:
        self.port = 0
        self.shown = ""
        self._read = read
        self._letters: str = ""
        self._receiver = TextReceiver()
        self._sender: TextSender | None = None
        self._line: Text | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, host: str) -> None:
        """Bind a free port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self.port = int(self._transport.get_extra_info("sockname")[1])
        stream = OutboundStream(
            98,
            ssrc=secrets.randbits(32),
            sequence=secrets.randbits(15),
            timestamp=secrets.randbits(31),
        )
        self._sender = TextSender(stream, loop.time())
        self._task = loop.create_task(self._keep_going())

    def point_at(self, line: Text) -> None:
        """Where the other side reads, and how."""
        self._line = line
        if self._sender is not None:
            self._sender.agree(line.t140_type, line.red_type, line.generations, line.cps)

    def type(self, text: str) -> None:
        """Type this letter by letter; `\\b` erases, `\\n` ends a line."""
        self._letters += text

    @property
    def is_done(self) -> bool:
        """Whether everything has been typed."""
        return not self._letters

    def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One packet, whoever sent it."""
        del addr
        packet = rtp.parse(data)
        if packet is not None and self._line is not None:
            now = asyncio.get_running_loop().time()
            red = self._line.red_type if self._line.red_type is not None else -1
            self._receiver.take(packet, self._line.t140_type, red, now)

    def error_received(self, exc: Exception) -> None:
        """A port that is not open yet is no reason to stop."""

    async def _keep_going(self) -> None:
        loop = asyncio.get_running_loop()
        typed_at = loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            now = loop.time()
            if self._letters and self._line is not None and now - typed_at >= 1 / LETTERS_PER_S:
                letter, self._letters = self._letters[0], self._letters[1:]
                typed_at = now
                if self._sender is not None:
                    self._sender.write(letter)
            self._exchange(now)

    def _exchange(self, now: float) -> None:
        line, sender = self._line, self._sender
        packet = sender.due(now) if line is not None and sender is not None else None
        if packet is not None and line is not None and self._transport is not None:
            self._transport.sendto(packet, (line.address, line.port))
        text = self._receiver.text(now)
        if not text:
            return
        for letter in text:
            self.shown = erased(self.shown) if letter == BACKSPACE else self.shown + letter
        if self._read is not None:
            self._read(text)
