"""The octets of a simulated telephone: one UDP socket, or one TCP connection to the centre."""

import asyncio
from collections.abc import Callable

from kentongan.sip.address import Address, Outgoing, Transport
from kentongan.sip.stream import KEEP_ALIVE_ANSWER, KeepAlive, StreamParser

READ_BYTES = 65_536

Receive = Callable[[bytes, Address, Transport], None]


class Wire(asyncio.DatagramProtocol):
    """Either transport; `open` before anything else."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._datagrams: asyncio.DatagramTransport | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def open(
        self, host: str, centre: Address, transport: Transport, port: int = 0
    ) -> Address:
        """Bind, or connect; our own address. Port 0 is any free one."""
        if transport is Transport.UDP:
            loop = asyncio.get_running_loop()
            self._datagrams, _ = await loop.create_datagram_endpoint(
                lambda: self, local_addr=(host, port)
            )
            found = self._datagrams.get_extra_info("sockname")
        else:
            reader, self._writer = await asyncio.open_connection(
                centre.host, centre.port, local_addr=(host, port)
            )
            self._reading = asyncio.create_task(self._read(reader, centre))
            found = self._writer.get_extra_info("sockname")
        return Address(found[0], found[1])

    def send(self, out: Outgoing) -> None:
        """Put octets on the wire."""
        if self._datagrams is not None:
            self._datagrams.sendto(out.data, (out.address.host, out.address.port))
        elif self._writer is not None:
            self._writer.write(out.data)

    def close(self) -> None:
        """Hang up the line itself."""
        if self._reading is not None:
            self._reading.cancel()
        for line in (self._datagrams, self._writer):
            if line is not None:
                line.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One SIP message."""
        self._receive(data, Address(addr[0], addr[1]), Transport.UDP)

    def error_received(self, exc: Exception) -> None:
        """The centre may be restarting: SIP repeats what was lost."""

    async def _read(self, reader: asyncio.StreamReader, centre: Address) -> None:
        parser = StreamParser()
        while not parser.is_broken and (data := await reader.read(READ_BYTES)):
            for item in parser.feed(data):
                if isinstance(item, KeepAlive):
                    self.send(Outgoing(KEEP_ALIVE_ANSWER, centre, Transport.TCP))
                else:
                    self._receive(item, centre, Transport.TCP)
